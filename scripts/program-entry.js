/**
 * The entry file of a program: checks the version of Node before loading the program, whose imports
 * fail on old versions. Runs on Node 18. A program that other modules import exports `main`, which runs
 * it: npm's links make detecting the entry point unreliable.
 * @param {string} name of the program file, `<name>-program.js`
 * @param {string} range of Node versions, as in `engines` of package.json
 */
export function entryOf(name, range) {
  return `#!/usr/bin/env node
import { refusalOf } from './node-version.js';

const refusal = refusalOf(process.versions.node, ${JSON.stringify(range)});
if (refusal === null) {
  const { main } = await import('./${name}-program.js');
  await main?.();
} else {
  process.stderr.write(refusal + '\\n');
  process.exitCode = 1;
}
`;
}
