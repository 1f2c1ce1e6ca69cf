import { curlCommand, wgetCommand } from './posix.js';
import { cmdCommand, powerShellCommand } from './windows.js';

/** What can be copied of a link: itself, or a command that downloads it. */
export const COPY_FORMS = ['curl', 'wget', 'powershell', 'cmd', 'url'] as const;
export type CopyForm = (typeof COPY_FORMS)[number];

export function textOf(form: CopyForm, link: string, fileName: string): string {
  switch (form) {
    case 'curl':
      return curlCommand(link, fileName);
    case 'wget':
      return wgetCommand(link, fileName);
    case 'powershell':
      return powerShellCommand(link, fileName);
    case 'cmd':
      return cmdCommand(link, fileName);
    case 'url':
      return link;
  }
}

/** What tells the system of a visitor; browsers know one or both. */
export interface SystemHints {
  readonly userAgentData?: { readonly platform: string };
  readonly platform?: string;
}

/** The form that runs on the system of the visitor. */
export function firstFormOf({ userAgentData, platform = '' }: SystemHints): CopyForm {
  return /^win/i.test(userAgentData?.platform || platform) ? 'powershell' : 'curl';
}
