/**
 * The file that is started: it looks at the version of Node before it loads the program, whose imports
 * an old Node fails on. Node 18 reads it. A program that exports `main` is run by it, so that an import of
 * the program alone runs nothing; it does not ask how it was called, which npm's links make hard to tell.
 * @param {string} name of the program beside it, `<name>-program.js`
 * @param {string} range of Node, as `engines` of package.json has it
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
