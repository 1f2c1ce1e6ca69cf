import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildASTSchema, parse } from 'graphql';

const SCHEMA = 'schema.graphql';
/** The schema of the last release; a release replaces it. */
const RELEASED = 'test/contract/released-schema.graphql';
const CHANGELOG = 'CHANGELOG.md';

/**
 * Compares the schema with that of the last release. A break is intended if the Unreleased section
 * of the changelog names its coordinate in a line that says "Breaking".
 */
async function main() {
  const changes = await diff(toSchema(RELEASED), toSchema(SCHEMA));
  const intended = intendedBreaks();
  const faults = changes.filter(
    ({ criticality, path }) =>
      criticality.level === CriticalityLevel.Breaking && !intended.includes(path),
  );
  if (faults.length === 0) return report(`${SCHEMA} breaks no query of the last release.`);

  process.exitCode = 1;
  report(
    `${SCHEMA} breaks queries of the last release:`,
    ...faults.map(({ path, message }) => `- ${path}: ${message}`),
    `Keep and deprecate these members, or add to the unreleased part of ${CHANGELOG}: - Breaking: \`${faults[0].path}\` …`,
  );
}

/** Coordinates of the schema, such as `Query.backups`. */
function intendedBreaks() {
  const unreleased = /^## \[Unreleased\]$([^]*?)(?=^## |$(?![^]))/m.exec(
    readFileSync(CHANGELOG, 'utf8'),
  );
  const lines = (unreleased?.[1] ?? '').split('\n').filter((line) => line.includes('Breaking'));
  return lines.flatMap((line) => [...line.matchAll(/`([\w.]+)`/g)].map(([, path]) => path));
}

/** The file of the last release does not define the directives of federation. */
function toSchema(file) {
  return buildASTSchema(parse(readFileSync(file, 'utf8')), { assumeValidSDL: true });
}

function report(...lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
