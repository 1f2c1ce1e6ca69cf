import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildASTSchema, parse } from 'graphql';

const FILE = 'schema.graphql';
/** Commit message trailer: `Breaks: Type.field` declares an intended break. */
const TRAILER = 'Breaks';

/** Compares `schema.graphql` with that of the last release, else of the commit before. */
async function main() {
  const base = lastRelease() ?? git('rev-parse', '--verify', '--quiet', '--short', 'HEAD^');
  const before = base && git('show', `${base}:${FILE}`);
  if (!before) return report(`There is no earlier ${FILE} to compare with.`);

  const changes = await diff(toSchema(before), toSchema(readFileSync(FILE, 'utf8')));
  const breaking = changes.filter(
    ({ criticality }) => criticality.level === CriticalityLevel.Breaking,
  );
  const meant = (
    git('log', `--format=%(trailers:key=${TRAILER},valueonly)`, `${base}..HEAD`) ?? ''
  ).split('\n');
  const faults = breaking.filter(({ path }) => !meant.includes(path));
  if (faults.length === 0) return report(`${FILE} breaks no query that ${base} answers.`);

  process.exitCode = 1;
  report(
    `${FILE} breaks queries that ${base} answers:`,
    ...faults.map(({ path, message }) => `- ${path}: ${message}`),
    `Keep and deprecate them, or say that a break is meant in the commit message: ${TRAILER}: ${faults[0].path}`,
  );
}

/** The tag before this commit, so that a release is compared with the one before it. */
function lastRelease() {
  return git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^');
}

/** The output of git; undefined if it fails. */
function git(...options) {
  try {
    return execFileSync('git', options, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** The directives of federation are not defined in the file. */
function toSchema(sdl) {
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
}

function report(...lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
