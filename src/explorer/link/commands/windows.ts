import { toPlainName } from './plain-name.js';

/** Names of devices: a file is not called so on Windows, whatever its suffix. */
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?=\.|$)/i;

/** A file name that Windows takes, by "Naming Files, Paths, and Namespaces" of its documentation. */
function toWindowsName(fileName: string): string {
  return toPlainName(fileName)
    .replaceAll(/[<>:"|?*\u0000-\u001f]/g, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length))
    .replace(DEVICE, '_$&');
}

/**
 * Quotes for PowerShell: between single quotes everything stands for itself but the single quote, of which
 * it knows five (about_Quoting_Rules).
 */
export function quoteForPowerShell(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Quotes for the prompt of cmd: between double quotes everything stands for itself but the double quote,
 * and percent signs around the name of a variable. Such a percent sign goes outside, behind a caret, so
 * that no name is left between two of them.
 */
export function quoteForCmd(text: string): string {
  const names = /%(?=[a-z_][^%]*%)/gi;
  return `"${text.replaceAll('"', '%22').replaceAll(names, '"^%"')}"`;
}

/** What `curl` of Windows 10 and later does as the one elsewhere; in PowerShell 5, `curl` is another command. */
const CURL = 'curl.exe --fail --location --globoff --continue-at - --output';

/** Downloads, or goes on where an earlier download broke off, in PowerShell. */
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
