/**
 * Escapes characters that JSON allows but that break lines for Unicode-aware readers (U+2028,
 * U+2029), control a terminal (DEL, the C1 controls of ECMA-48) or reorder displayed text
 * (embeddings, overrides and isolates of UAX #9).
 */
export function escapeSteering(line: string): string {
  return STEERING.test(line) ? line.replaceAll(ALL_STEERING, escaped) : line;
}

const STEERING = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const ALL_STEERING = new RegExp(STEERING, 'g');

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
