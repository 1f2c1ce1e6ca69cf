import type { DownloadFieldsFragment } from '../../generated/operations.js';

export type DownloadLink = DownloadFieldsFragment;

/** The time a link must have left to be offered: the download has to start before it expires. */
const MARGIN_MS = 30_000;

/** Whether to request a new link. Use a link with unknown expiry once and immediately. */
export function isStale({ available, expiresAt }: DownloadLink, now = Date.now()): boolean {
  if (!available || expiresAt === null) return true;
  return Date.parse(expiresAt) - now <= MARGIN_MS;
}

/** Names what the link downloads. A new union member does not compile until it is added here. */
export function titleOf(link: DownloadLink): string {
  switch (link.__typename) {
    case 'SqlServerBackupDownloadURL':
      return `${link.fileName}, database ${link.databaseName}`;
    case 'MySqlBackupDownloadURL':
      return 'the whole backup set';
    default:
      return titleOfNewer(link);
  }
}

/** For union members newer than this page. */
const titleOfNewer: (link: never) => string = () => 'the backup';
