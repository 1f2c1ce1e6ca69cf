import { toPlainName } from './plain-name.js';

/**
 * Quotes for a POSIX shell: between single quotes every character is literal, newlines included,
 * except the single quote itself.
 */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Downloads, or resumes an earlier download. `--globoff`: brackets in a link are not a pattern.
 * `--fail`: the response to an expired link is not written to the file.
 */
export function curlCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  return `curl --fail --location --globoff --continue-at - --output ${target} ${quoteForShell(link)}`;
}

/** Downloads, or resumes an earlier download. */
export function wgetCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  return `wget --continue --output-document=${target} ${quoteForShell(link)}`;
}
