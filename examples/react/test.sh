#!/usr/bin/env bash
# Builds this example as its users do, and clicks through it in Chromium against a started service.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --no-audit --no-fund
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
cp -r src/generated "$generated"
npm run --silent codegen
diff -rq src/generated "$generated/generated" ||
  { echo 'src/generated is stale: run npm run codegen in examples/react, and commit.' >&2; exit 1; }
npm run --silent build
cd ../..
[ -d test/explorer/node_modules ] || npm ci --prefix test/explorer --no-audit --no-fund
node --experimental-vm-modules node_modules/jest/bin/jest.js \
  --config test/explorer/jest.config.js --testMatch '**/react-example.ts'
