import { createHash } from 'node:crypto';

/** Refused by Windows, or separators somewhere; and what steers a terminal or hides in a name. */
const UNSAFE = /[<>:"/\\|?*\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Devices, whatever follows the dot (Microsoft, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=$|[ .])/i;
/** Bytes of a name on most file systems, and characters on NTFS. */
export const LONGEST_NAME = 255;
const LONGEST_EXTENSION = 22;
const EXTENSION = /(?:\.[A-Za-z0-9]{1,10}){1,2}$/;

/**
 * A name that every file system takes and that stays in its folder. What is refused somewhere becomes `_`.
 * @param name as the service tells it; may be anything
 */
export function toSafeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(/^ +/, '')
    .replace(/(?<![. ])[. ]+$/, '_');
  const free = RESERVED.test(plain) ? `_${plain}` : plain;
  return shorten(free === '' ? '_' : free, LONGEST_NAME);
}

/**
 * Names for files of one folder. Those that one file system takes for the same (case, composed characters)
 * get a mark of their original name, the same in each run; one that needs no change keeps its own.
 */
export function toDistinctNames(names: readonly string[]): string[] {
  const chosen = new Map<string, string>();
  const taken = new Set<string>();
  const wanted = [...new Set(names)].map((name) => ({ name, safe: toSafeName(name) }));
  for (const { name, safe } of wanted.sort(unchangedFirst)) {
    let free = safe;
    for (let tries = 1; taken.has(foldName(free)); tries += 1) free = withMark(safe, name, tries);
    taken.add(foldName(free));
    chosen.set(name, free);
  }
  return names.map((name) => chosen.get(name) ?? toSafeName(name));
}

/** Cuts a name to `bytes` of UTF-8, between characters, and keeps its extension. */
export function shorten(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name;
  const extension = EXTENSION.exec(name.slice(-LONGEST_EXTENSION))?.[0] ?? '';
  const end = `~${markOf(name)}${extension}`;
  let left = bytes - Buffer.byteLength(end);
  let stem = '';
  for (const character of name) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    stem += character;
  }
  return stem + end;
}

/** Others can make a name that looks like one with a mark: each try makes another. */
function withMark(safe: string, original: string, tries: number): string {
  const extension = EXTENSION.exec(safe.slice(-LONGEST_EXTENSION))?.[0] ?? '';
  const stem = safe.slice(0, safe.length - extension.length);
  const mark = markOf(tries === 1 ? original : `${tries} ${original}`);
  return shorten(`${stem}~${mark}${extension}`, LONGEST_NAME);
}

function markOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8);
}

/** As file systems that keep no case apart compare. */
function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase();
}

interface Named {
  readonly name: string;
  readonly safe: string;
}

/** Names that need no change come first; else in the order of their characters, which no run changes. */
function unchangedFirst(a: Named, b: Named): number {
  const changes = Number(a.safe !== a.name) - Number(b.safe !== b.name);
  return changes !== 0 ? changes : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
