/**
 * The file that is started: it looks at the version of Node before it loads the program, whose imports
 * an old Node fails on. Node 18 reads it.
 * @param {string} name of the program beside it, `<name>-program.js`
 * @param {string} range of Node, as `engines` of package.json has it
 */
export function entryOf(name, range) {
  return `import { refusalOf } from './node-version.js';

const refusal = refusalOf(process.versions.node, ${JSON.stringify(range)});
if (refusal === null) {
  await import('./${name}-program.js');
} else {
  process.stderr.write(refusal + '\\n');
  process.exitCode = 1;
}
`;
}
