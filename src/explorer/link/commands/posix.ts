import { toPlainName } from './plain-name.js';

/**
 * Quotes for a POSIX shell: between single quotes everything stands for itself, newlines too, but
 * the single quote.
 */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Downloads, or goes on where an earlier download broke off. `--globoff`: brackets in a link are not a
 * pattern. `--fail`: the answer to an expired link is not written into the file.
 */
export function curlCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  return `curl --fail --location --globoff --continue-at - --output ${target} ${quoteForShell(link)}`;
}

/** Downloads, or goes on where an earlier download broke off. */
export function wgetCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  return `wget --continue --output-document=${target} ${quoteForShell(link)}`;
}
