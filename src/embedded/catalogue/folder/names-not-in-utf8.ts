import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';

/** What Node reads in place of each byte of a name that is not UTF-8; such a name leads nowhere. */
export const REPLACEMENT = '\uFFFD';

/** Names in a folder that are not UTF-8, such as those of Windows in GBK, each byte beyond ASCII as `\\xB6`. */
export async function namesNotInUtf8(folder: string): Promise<string[]> {
  const names = await readdir(folder, { encoding: 'buffer' });
  return names.filter((name) => !isUtf8(name)).map(escaped);
}

function escaped(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase()}`,
    )
    .join('');
}
