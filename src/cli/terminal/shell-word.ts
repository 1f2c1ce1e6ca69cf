import { isSafeText } from './safe-text.js';

/** What no shell reads anything into. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/;

/**
 * Text as one word of a command that a person may copy. What a shell would read is quoted, and what a terminal
 * would act on while it is pasted is written as `$'\x03'` (POSIX.1-2024, 2.2.4), by the bytes of its UTF-8.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (isSafeText(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const characters = Array.from(text, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    if (isSafeText(character)) return character;
    // Hexadecimal digits that follow would belong to the escape: three octal digits are its end.
    return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  });
  return `$'${characters.flat().join('')}'`;
}
