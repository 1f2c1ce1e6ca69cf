/**
 * How Windows shells parse a line, by their documented rules, as far as the commands of the page
 * need them. A line that would do more than run one program throws.
 */

/**
 * cmd at its prompt: variables, then quotes and carets, then the words as the C runtime parses
 * them.
 */
export function wordsOfCmd(
  line: string,
  variables: Readonly<Record<string, string>> = {},
): string[] {
  return wordsOfRuntime(unescapeCmd(expandCmd(line, variables)));
}

/**
 * At the prompt, unlike in a batch file, an undefined variable stays as text, and `%%` is two
 * percent signs.
 */
function expandCmd(line: string, variables: Readonly<Record<string, string>>): string {
  const known = new Map(
    Object.entries(variables).map(([name, value]) => [name.toUpperCase(), value]),
  );
  let out = '';
  for (let at = 0; at < line.length;) {
    const end = line[at] === '%' ? line.indexOf('%', at + 1) : -1;
    const value = end < 0 ? undefined : known.get(line.slice(at + 1, end).toUpperCase());
    out += value ?? line[at]!;
    at = value === undefined ? at + 1 : end + 1;
  }
  return out;
}

function unescapeCmd(line: string): string {
  let isQuoted = false;
  let out = '';
  for (let at = 0; at < line.length; at += 1) {
    let character = line[at]!;
    if (/[\r\n\0]/.test(character)) throw new Error('A second line begins.');
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '^' && !isQuoted) {
      at += 1;
      character = line[at] ?? '';
    } else if (!isQuoted && /[&|<>()]/.test(character))
      throw new Error(`${character} is not quoted.`);
    out += character;
  }
  if (isQuoted) throw new Error('A quote stays open.');
  return out;
}

/** "Parsing C command-line arguments" of the C runtime, and CommandLineToArgvW. */
function wordsOfRuntime(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const slashes = /^\\*/.exec(line.slice(at))![0].length;
    const isBeforeQuote = line[at + slashes] === '"';
    if (slashes > 0) {
      word = (word ?? '') + '\\'.repeat(isBeforeQuote ? Math.floor(slashes / 2) : slashes);
      at += slashes - 1;
      if (isBeforeQuote && slashes % 2 === 1) {
        word += '"';
        at += 1;
      }
    } else if (line[at] === '"') {
      isQuoted = !isQuoted;
      word ??= '';
    } else if (/[ \t]/.test(line[at]!) && !isQuoted) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + line[at]!;
  }
  return word === null ? words : [...words, word];
}

/**
 * PowerShell 5 and later: five kinds of single quotes, each doubled to escape it; double quotes only
 * around what is plain between them; unquoted words only if none of their characters is special. PowerShell 5 then joins the words for the C runtime,
 * quotes those with a space, and escapes nothing.
 */
export function wordsOfPowerShell(line: string): string[] {
  const words: string[] = [];
  const word =
    /\s*(?:['\u2018-\u201b]((?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*)['\u2018-\u201b]|([\w=-]*"[^"\u201c-\u201e$`]*"|[\w.:/\\-]+))(?=\s|$)/uy;
  while (word.lastIndex < line.length) {
    const found = word.exec(line);
    if (!found) throw new Error('A word is not quoted as PowerShell wants it.');
    words.push(
      found[1]?.replaceAll(/['\u2018-\u201b](?=['\u2018-\u201b])(.)/gu, '$1') ??
        found[2]!.replaceAll('"', ''),
    );
  }
  return wordsOfRuntime(words.map((text) => (/\s/.test(text) ? `"${text}"` : text)).join(' '));
}
