/**
 * What steers a terminal or changes how the text around it is shown: controls (ECMA-48), format characters
 * (marks, embeddings, overrides and isolates of UAX #9 among them), line and paragraph separators, and
 * halves of characters. The two joiners are kept: words and emoji are spelled with them.
 */
export const STEERING = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that others wrote, in a form that is safe to show: `\u001b` for an escape character. */
export function safeText(text: string): string {
  return text.replace(STEERING, (character) => SHORT[character] ?? escapeUnits(character));
}

/** A line of JSON in which nothing steers a terminal or breaks the line for Unicode-aware readers. */
export function safeLine(line: string): string {
  return IS_PLAIN.test(line)
    ? line
    : line.replace(STEERING, (character) => (character === '\n' ? '\n' : escapeUnits(character)));
}

const IS_PLAIN = /^[\n -~]*$/;

/** Escapes as JSON and JavaScript do: `\u` and four hexadecimal digits for each UTF-16 unit. */
export function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
