import { toPlainName } from './plain-name.js';

/** Reserved device names: Windows accepts none as a file name, with or without an extension. */
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?=\.|$)/i;

/** Makes a name valid on Windows ("Naming Files, Paths, and Namespaces" in its documentation). */
function toWindowsName(fileName: string): string {
  return toPlainName(fileName)
    .replaceAll(/[<>:"|?*\u0000-\u001f]/g, '_')
    .replace(/(?<![. ])[. ]+$/, (end) => '_'.repeat(end.length))
    .replace(DEVICE, '_$&');
}

/**
 * Quotes for PowerShell: between single quotes every character is literal except the single quote
 * itself, of which PowerShell knows five (about_Quoting_Rules).
 */
export function quoteForPowerShell(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Quotes for the prompt of cmd: between double quotes every character is literal except the double
 * quote and percent signs around the name of a variable. Such a percent sign goes outside the
 * quotes, after a caret, so that no name remains between two of them.
 */
export function quoteForCmd(text: string): string {
  const names = /%(?=[a-z_][^%]*%)/gi;
  return `"${text.replaceAll('"', '%22').replaceAll(names, '"^%"')}"`;
}

/** Part of Windows 10 and later, works as elsewhere; `curl` is another command in PowerShell 5. */
const CURL = 'curl.exe --fail --location --globoff --continue-at - --output';

/** Downloads, or resumes an earlier download, in PowerShell. */
export function powerShellCommand(link: string, fileName: string): string {
  const target = quoteForPowerShell(`.\\${toWindowsName(fileName)}`);
  // PowerShell 5 passes a double quote on as the end of an argument; in a URL, `%22` is the same.
  return `${CURL} ${target} ${quoteForPowerShell(link.replaceAll('"', '%22'))}`;
}

/** Downloads, or resumes an earlier download, at the prompt of cmd. */
export function cmdCommand(link: string, fileName: string): string {
  // Escaping a percent sign would make the command hard to read, so the name goes without it.
  const target = quoteForCmd(`.\\${toWindowsName(fileName).replaceAll('%', '_')}`);
  return `${CURL} ${target} ${quoteForCmd(link)}`;
}
