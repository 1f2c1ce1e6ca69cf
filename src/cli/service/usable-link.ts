import { CliError, EXIT, notFoundError } from '../cli-error.js';
import { shellWord } from '../terminal/text.js';
import type { Backup, Link } from './operations.js';
import type { IssuedLink } from './service.js';

/** Printable ASCII: a URL has nothing else (RFC 3986), and a terminal takes it as it is. */
const PRINTABLE = /^[\x21-\x7e]+$/;

export type Network = 'public' | 'internal';

/** States of a backup whose files can be downloaded. */
const DOWNLOADABLE: ReadonlySet<string | null> = new Set(['COMPLETED', 'RETAINED']);

/** Whether a backup is done and can be downloaded, unless its files are out of reach in the store. */
export function isDownloadable({ status }: Pick<Backup, 'status'>): boolean {
  return DOWNLOADABLE.has(status);
}

/**
 * The URL to download from.
 * @param issued null if the backup no longer exists
 * @throws CliError where there is none, with what to do about it
 */
export function usableLink(
  id: string,
  issued: IssuedLink | null,
  network: Network,
): Link & { readonly url: string } {
  if (issued === null) {
    throw notFoundError(`The backup ${id} was deleted: see \`backups list\`.`);
  }
  const { status, link } = issued;
  const url = network === 'public' ? link.publicURL : link.internalURL;
  if (url === null) throw noLink(id, status, network, link.available);
  if (PRINTABLE.test(url) && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) {
    return { ...link, url };
  }
  throw new CliError(
    EXIT.network,
    `The link of ${id} is not a web address, so it is not shown: tell the operator of the service.`,
  );
}

/**
 * Refuses a backup that has no files to download, before a link is issued for it.
 * @throws CliError with what to do
 */
export function checkDownloadable({ id, status }: Pick<Backup, 'id' | 'status'>): void {
  // A state this program does not know is for the service to judge.
  if (status === null || isDownloadable({ status })) return;
  throw notReady(id, status);
}

function noLink(id: string, status: string | null, network: Network, hasOther: boolean): CliError {
  if (hasOther && network === 'public') {
    return notFoundError(
      `${id} has no link over the public network: use --internal from inside its region.`,
    );
  }
  if (hasOther) {
    return notFoundError(`${id} has no link over the internal network: leave out --internal.`);
  }
  if (status !== null && !isDownloadable({ status })) return notReady(id, status);
  return notFoundError(
    `${id} is complete but has no link, for example because its files are in cold storage: restore them first, then run \`backups wait ${shellWord(id)}\`.`,
  );
}

/** Why a backup in this state has nothing to download, and what to do. */
export function notReady(id: string, status: string): CliError {
  if (status === 'BUILDING') {
    return notFoundError(`${id} is still in progress: run \`backups wait ${shellWord(id)}\`.`);
  }
  const why = status === 'ERROR' ? 'failed and has no files' : `cannot be downloaded (${status})`;
  return notFoundError(`${id} ${why}: choose another from \`backups list\`.`);
}
