/**
 * Explains why this Node cannot run the product; null if it can. Loaded first, by versions too old
 * for everything else: no packages, no new syntax.
 * @param {string} version of Node, for example `20.19.0`
 * @param {string} range as in `engines` of package.json: `^a.b.c` and `>=a.b.c`, separated by `||`
 * @returns {string | null} one line for a person
 * @throws {Error} if the range has another form
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
