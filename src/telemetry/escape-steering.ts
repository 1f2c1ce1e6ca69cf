/**
 * Escapes, in a line of JSON, what JSON lets stand although it begins another line for readers that
 * follow Unicode (U+2028, U+2029), steers a terminal (DEL, the C1 controls of ECMA-48) or changes the
 * order of what is shown (the embeddings, overrides and isolates of UAX #9).
 */
export function escapeSteering(line: string): string {
  return STEERING.test(line) ? line.replaceAll(ALL_STEERING, escaped) : line;
}

const STEERING = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const ALL_STEERING = new RegExp(STEERING, 'g');

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
