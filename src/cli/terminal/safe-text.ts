/**
 * What steers a terminal or changes how the text around it is shown: controls (ECMA-48), format characters
 * (marks, embeddings, overrides and isolates of UAX #9 among them), line and paragraph separators, and
 * halves of characters. The two joiners are kept: words and emoji are spelled with them.
 */
const STEERING = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that others wrote, in a form that is safe to show: `\u001b` for an escape character. */
export function safeText(text: string): string {
  return text.replace(STEERING, (character) => SHORT[character] ?? escaped(character));
}

/** Whether nothing in a text needs an escape. */
export function isSafeText(text: string): boolean {
  return text.search(STEERING) === -1;
}

/** A value as one line of JSON that is safe to show, and loses nothing. */
export function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(STEERING, escaped)}\n`;
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
