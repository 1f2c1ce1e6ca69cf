import { STEERING } from './safe-text.js';

/**
 * Quotes text as one word for a POSIX shell: between single quotes every character is literal except the single
 * quote itself. A terminal, however, reads controls in what is pasted before the shell does, as key presses; text
 * with one is written in `$'…'`, which bash, zsh and POSIX.1-2024 (2.2.4) know.
 */
export function quoteForShell(text: string): string {
  if (text.search(STEERING) === -1) return `'${text.replaceAll("'", `'\\''`)}'`;
  return `$'${text.replaceAll(/[\\'!]/g, toOctal).replaceAll(STEERING, toOctal)}'`;
}

/** Three octal digits for each byte: the same in every locale, and ended whatever digit follows. */
function toOctal(character: string): string {
  const bytes = Array.from(new TextEncoder().encode(character));
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
