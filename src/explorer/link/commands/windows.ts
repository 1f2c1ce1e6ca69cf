import { toPlainName } from './plain-name.js';

/** Device names, which are reserved on Windows with any suffix. */
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?=\.|$)/i;

/** A valid Windows file name, by "Naming Files, Paths, and Namespaces". */
function toWindowsName(fileName: string): string {
  return toPlainName(fileName)
    .replaceAll(/[<>:"|?*\u0000-\u001f]/g, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length))
    .replace(DEVICE, '_$&');
}

/**
 * Quotes for PowerShell: within single quotes every character is literal except the single quote,
 * of which it has five kinds (about_Quoting_Rules).
 */
export function quoteForPowerShell(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Quotes for the cmd prompt: within double quotes every character is literal except the double
 * quote, and percent signs around a variable name. Such a percent sign goes outside the quotes
 * after a caret, so that no name remains between two of them.
 */
export function quoteForCmd(text: string): string {
  const names = /%(?=[a-z_][^%]*%)/gi;
  return `"${text.replaceAll('"', '%22').replaceAll(names, '"^%"')}"`;
}

/** What `curl` of Windows 10 and later does as the one elsewhere; in PowerShell 5, `curl` is another command. */
const CURL = 'curl.exe --fail --location --globoff --continue-at - --output';

/** Downloads, or resumes an interrupted download, in PowerShell. */
export function powerShellCommand(link: string, fileName: string): string {
  const target = quoteForPowerShell(`.\\${toWindowsName(fileName)}`);
  // PowerShell 5 hands a double quote on as the end of an argument; links write it so anyway.
  return `${CURL} ${target} ${quoteForPowerShell(link.replaceAll('"', '%22'))}`;
}

/** The same at the prompt of cmd. */
export function cmdCommand(link: string, fileName: string): string {
  // In a name, a percent sign is not worth a command that is hard to read.
  const target = quoteForCmd(`.\\${toWindowsName(fileName).replaceAll('%', '_')}`);
  return `${CURL} ${target} ${quoteForCmd(link)}`;
}
