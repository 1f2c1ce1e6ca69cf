/**
 * Whether a value takes more than `max` bytes as JSON. It stops reading where that is sure, and prints
 * nothing but single texts: the parts of an answer share their texts, which printing multiplies.
 */
export function isLargerThan(value: unknown, max: number): boolean {
  const characters = max / MAX_BYTES_PER_CHARACTER;
  return charactersOf(value, characters) > characters && bytesOf(value, max) > max;
}

/** Of a control character, as `\u0001`. */
const MAX_BYTES_PER_CHARACTER = 6;

/** Of any number, as `-1.2345678901234567e-300`, and of the words. */
const MAX_NUMBER = 24;

/**
 * No less than the characters of a value as JSON before they are escaped; not to the end where it passes
 * `max`. Every answer is read by it: of these forms of a loop it takes a third of the time of others.
 */
function charactersOf(value: unknown, max: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return MAX_NUMBER;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      size += charactersOf(item, max - size) + 1;
      if (size > max) return size;
    }
    return size;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    size += name.length + charactersOf(members[name], max - size) + 4;
    if (size > max) return size;
  }
  return size;
}

/** The bytes of a value as JSON, with a comma after the last part too; not to the end where it passes `max`. */
function bytesOf(value: unknown, max: number): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value));
  const isList = Array.isArray(value);
  let size = 2;
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (part === undefined) continue;
    size += (isList ? 0 : bytesOf(name, max) + 1) + bytesOf(part, max - size) + 1;
    if (size > max) return size;
  }
  return size;
}
