import { backupsCommand, type CliTarget } from './backups-cli.js';
import { curlCommand, wgetCommand } from './posix.js';
import { cmdCommand, powerShellCommand } from './windows.js';

/** What can be copied: the link, or a command that downloads its file. */
export const COPY_FORMS = ['curl', 'wget', 'powershell', 'cmd', 'backups', 'url'] as const;
export type CopyForm = (typeof COPY_FORMS)[number];

/** A link and its target. */
export interface NamedLink extends CliTarget {
  readonly url: string;
  /** Local name of the download. */
  readonly fileName: string;
}

export function textOf(form: CopyForm, link: NamedLink, hints: SystemHints): string {
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
      return url;
  }
}

/** Hints at the visitor's operating system; browsers provide one or both. */
export interface SystemHints {
  readonly userAgentData?: { readonly platform: string };
  readonly platform?: string;
}

/** The form that runs on the visitor's operating system. */
export function firstFormOf(hints: SystemHints): CopyForm {
  return isWindows(hints) ? 'powershell' : 'curl';
}

function isWindows({ userAgentData, platform = '' }: SystemHints): boolean {
  return /^win/i.test(userAgentData?.platform || platform);
}
