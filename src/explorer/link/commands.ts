import { STEERING } from '../../domain/safe-text.js';
import { quoteForShell } from '../../domain/shell-word.js';

/** What can be copied: the link, or a command that downloads its file. */
export const COPY_FORMS = ['curl', 'wget', 'powershell', 'cmd', 'backups', 'url'] as const;
export type CopyForm = (typeof COPY_FORMS)[number];

/** Arguments of `backups get`. It requests its own link, so the command never expires. */
export interface CliTarget {
  /** Region, instance and backup. */
  readonly backupId: string;
  /** Null for a whole set. */
  readonly file: string | null;
  /** URL of the service. */
  readonly service: string;
}

/** A link and its target. */
export interface NamedLink extends CliTarget {
  readonly url: string;
  /** Local name of the download. */
  readonly fileName: string;
}

/** Hints at the visitor's operating system; browsers provide one or both. */
export interface SystemHints {
  readonly userAgentData?: { readonly platform: string };
  readonly platform?: string;
}

/**
 * The text to copy for a link, safe to paste at a prompt whatever the file is called; null if the
 * shells of this system have no safe way to write it.
 */
export function textOf(form: CopyForm, link: NamedLink, hints: SystemHints): string | null {
  const { url, fileName } = link;
  switch (form) {
    case 'curl':
      return curlCommand(url, fileName);
    case 'wget':
      return wgetCommand(url, fileName);
    case 'powershell':
      return powerShellCommand(url, fileName);
    case 'cmd':
      return cmdCommand(url, fileName);
    case 'backups':
      return backupsCommand(link, isWindows(hints));
    case 'url':
      return toAscii(url);
  }
}

/**
 * The texts to copy for links, one line each, by form; without those that the shells of this system
 * have no safe way to write.
 * @param all the backup, if the links are those of all its files: one `backups get` has them all
 */
export function textsOf(
  links: readonly NamedLink[],
  all: Omit<CliTarget, 'file'> | null,
  hints: SystemHints,
): ReadonlyMap<CopyForm, string> {
  const texts = new Map<CopyForm, string>();
  for (const form of COPY_FORMS) {
    const lines =
      form === 'backups' && all !== null
        ? [backupsCommand({ ...all, file: null }, isWindows(hints), ' --all')]
        : links.map((link) => textOf(form, link, hints));
    if (lines.length > 0 && !lines.includes(null)) texts.set(form, lines.join('\n'));
  }
  return texts;
}

/** The form that runs on the visitor's operating system. */
export function firstFormOf(hints: SystemHints): CopyForm {
  return isWindows(hints) ? 'powershell' : 'curl';
}

function isWindows({ userAgentData, platform = '' }: SystemHints): boolean {
  return /^win/i.test(userAgentData?.platform || platform);
}

/**
 * Turns any file name into one inside the current folder: no other folder, no special name, and
 * nothing that a terminal takes for a key press when it is pasted.
 */
export function toPlainName(fileName: string): string {
  const name = fileName.replaceAll(STEERING, '_').replaceAll(/[/\\]/g, '_');
  return /^\.{0,2}$/.test(name) ? 'backup' : name;
}

/** URLs are ASCII (RFC 3986); anything else is percent-encoded, as a browser does to request it. */
function toAscii(link: string): string {
  return link.replaceAll(/[^\x21-\x7e]/gu, (character) =>
    /\p{Cs}/u.test(character) ? '%EF%BF%BD' : encodeURIComponent(character),
  );
}

/**
 * Options of curl that download, or resume an earlier download. `--globoff`: brackets in a link are
 * not a pattern. `--fail`: the response to an expired link is not written to the file.
 */
const CURL = '--fail --location --retry 5 --globoff --continue-at - --output';

/** Succeeds for a complete file, too: the store then answers that no byte is left (416). */
export function curlCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  const command = `curl ${CURL} ${target} --write-out '%{http_code}' ${quoteForShell(toAscii(link))}`;
  return `code=$(${command}) || [ "$code" = 416 ]`;
}

/** Downloads, or resumes an earlier download. */
export function wgetCommand(link: string, fileName: string): string {
  const target = quoteForShell(`./${toPlainName(fileName)}`);
  return `wget --continue --output-document=${target} ${quoteForShell(toAscii(link))}`;
}

/** Reserved device names: Windows accepts none as a file name, with or without an extension. */
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?=\.|$)/i;

/**
 * Programs without Unicode receive these as quotes or separators ("best fit" mappings of Windows
 * code pages).
 */
const BEST_FIT = /[\u02ba\u030e\u2033\u2036\u3003\uff02\u2044\u2215\u2216\uff0f\uff3c]/g;

/** Makes a name valid on Windows ("Naming Files, Paths, and Namespaces" in its documentation). */
function toWindowsName(fileName: string): string {
  return toPlainName(fileName)
    .replaceAll(/[<>:"|?*]/g, '_')
    .replaceAll(BEST_FIT, '_')
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

/** Downloads, or resumes an earlier download, in PowerShell 5, where `curl` is another command. */
export function powerShellCommand(link: string, fileName: string): string {
  const target = quoteForPowerShell(`.\\${toWindowsName(fileName)}`);
  // PowerShell 5 passes a double quote on as the end of an argument; in a URL, `%22` is the same.
  const url = quoteForPowerShell(toAscii(link).replaceAll('"', '%22'));
  return `curl.exe ${CURL} ${target} ${url}`;
}

/** Downloads, or resumes an earlier download, at the prompt of cmd. */
export function cmdCommand(link: string, fileName: string): string {
  // Escaping a percent sign would make the command hard to read, so the name goes without it.
  const target = quoteForCmd(`.\\${toWindowsName(fileName).replaceAll('%', '_')}`);
  return `curl.exe ${CURL} ${target} ${quoteForCmd(toAscii(link))}`;
}

/** The default of `backups --url`. */
const DEFAULT_SERVICE = 'http://127.0.0.1:4000';

/**
 * Downloads with `backups get`, which verifies the bytes and resumes by itself. Null if Windows has
 * no safe way to write the name of the file.
 */
export function backupsCommand(
  { backupId, file, service }: CliTarget,
  isWindows: boolean,
  option: '' | ' --all' = '',
): string | null {
  const quote = isWindows ? quoteForWindows : quoteForShell;
  const word = (text: string): string | null => (/^\w[\w./:-]*$/.test(text) ? text : quote(text));
  const [id, name, url] = [backupId, file ?? 'all', service].map(word);
  if (id == null || name == null || url == null) return null;
  return [
    `backups get ${id}${option}`,
    // With an equals sign, a name that begins with a hyphen is not read as an option.
    ...(file === null ? [] : [`--file=${name}`]),
    ...(service === DEFAULT_SERVICE ? [] : [`--url ${url}`]),
  ].join(' ');
}

/**
 * Quotes for cmd and PowerShell alike, as the command is pasted into either: between double quotes,
 * if nothing in the text is special there in one of them.
 */
function quoteForWindows(text: string): string | null {
  const isSpecial = text.search(STEERING) >= 0 || /["\u201c-\u201e$`%\\]/.test(text);
  return isSpecial || text.search(BEST_FIT) >= 0 ? null : `"${text}"`;
}

/** Derives the service's URL from that of the page: an origin, or the endpoint under a path. */
export function serviceAddress(address: string): string {
  const { origin, pathname } = new URL('.', address);
  return pathname === '/' ? origin : `${origin}${pathname}graphql`;
}
