/**
 * Why this Node cannot run the product; null where it can. Loaded before anything else, by Nodes too old
 * for the rest: no packages, no new syntax.
 * @param {string} version of Node, as `20.19.0`
 * @param {string} range as `engines` of package.json has it: `^a.b.c` and `>=a.b.c`, with `||` between them
 * @returns {string | null} one line for a person
 * @throws {Error} where the range is written in another way
 */
export function refusalOf(version, range) {
  if (range.split('||').some((part) => isWithin(numbersOf(version), part.trim()))) return null;
  return `Node ${range} is required; this is Node ${version}.`;
}

function isWithin(version, part) {
  const [, operator, least] = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(part) || [];
  if (least === undefined) throw new Error(`engines: cannot read ${part}`);
  const from = numbersOf(least);
  return isAtLeast(version, from) && (operator === '>=' || version[0] === from[0]);
}

function isAtLeast(version, from) {
  const differs = from.findIndex((number, at) => number !== version[at]);
  return differs === -1 || version[differs] > from[differs];
}

function numbersOf(version) {
  return version.split(/[.-]/, 3).map(Number);
}
