import { quoteForShell } from './posix.js';
import { quoteForPowerShell } from './windows.js';

/** What `backups get` is asked for: no link, so that the command works after it has expired, too. */
export interface CliTarget {
  /** Region, instance and backup. */
  readonly backupId: string;
  /** Null for a whole set. */
  readonly file: string | null;
  /** Where the page is served, without a slash at its end. */
  readonly service: string;
}

/** Where the page of this address is served. */
export function serviceAddress(address: string): string {
  return new URL('.', address).href.replace(/\/$/, '');
}

/** Where `backups` asks when nothing else is said. */
const DEFAULT_SERVICE = 'http://127.0.0.1:4000';

/** Downloads with the command line of this product, which checks the bytes and resumes by itself. */
export function backupsCommand({ backupId, file, service }: CliTarget, isWindows: boolean): string {
  const quote = (text: string): string => {
    if (/^\w[\w./:-]*$/.test(text)) return text;
    return isWindows ? quoteForPowerShell(text) : quoteForShell(text);
  };
  return [
    `backups get ${quote(backupId)}`,
    // With the equals sign, no name is taken for an option.
    ...(file === null ? [] : [`--file=${quote(file)}`]),
    ...(service === DEFAULT_SERVICE ? [] : [`--url ${quote(service)}`]),
  ].join(' ');
}
