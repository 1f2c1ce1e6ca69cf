import { quoteForShell } from './posix.js';
import { quoteForPowerShell } from './windows.js';

/** The arguments of `backups get`: no link, so that the command still works after it expires. */
export interface CliTarget {
  /** Region, instance and backup. */
  readonly backupId: string;
  /** Null for a whole set. */
  readonly file: string | null;
  /** The address of the service. */
  readonly service: string;
}

/** Where `backups` reaches the service of the page at this address: an origin, or the endpoint under a path. */
export function serviceAddress(address: string): string {
  const { origin, pathname } = new URL('.', address);
  return pathname === '/' ? origin : `${origin}${pathname}graphql`;
}

/** Where `backups` asks when nothing else is said. */
const DEFAULT_SERVICE = 'http://127.0.0.1:4000';

/** Downloads with this product's command line, which verifies the bytes and resumes. */
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
