import { quoteForShell } from './posix.js';
import { quoteForPowerShell } from './windows.js';

/** Arguments of `backups get`. It requests its own link, so the command never expires. */
export interface CliTarget {
  /** Region, instance and backup. */
  readonly backupId: string;
  /** Null for a whole set. */
  readonly file: string | null;
  /** URL of the service. */
  readonly service: string;
}

/** Derives the service's URL from that of the page: an origin, or the endpoint under a path. */
export function serviceAddress(address: string): string {
  const { origin, pathname } = new URL('.', address);
  return pathname === '/' ? origin : `${origin}${pathname}graphql`;
}

/** The default of `backups --url`. */
const DEFAULT_SERVICE = 'http://127.0.0.1:4000';

/** Downloads with `backups get`, which verifies the bytes and resumes by itself. */
export function backupsCommand({ backupId, file, service }: CliTarget, isWindows: boolean): string {
  const quote = (text: string): string => {
    if (/^\w[\w./:-]*$/.test(text)) return text;
    return isWindows ? quoteForPowerShell(text) : quoteForShell(text);
  };
  return [
    `backups get ${quote(backupId)}`,
    // With an equals sign, a name that begins with a hyphen is not read as an option.
    ...(file === null ? [] : [`--file=${quote(file)}`]),
    ...(service === DEFAULT_SERVICE ? [] : [`--url ${quote(service)}`]),
  ].join(' ');
}
