import type { DownloadFieldsFragment } from '../../generated/operations.js';

export type DownloadLink = DownloadFieldsFragment;

/** The least time a link must have left to be worth a click: the download has to start before it expires. */
const MARGIN_MS = 30_000;

/** Whether to ask for a new link. Use a link whose expiry is unknown once, at once. */
export function isStale({ available, expiresAt }: DownloadLink, now = Date.now()): boolean {
  if (!available || expiresAt === null) return true;
  return Date.parse(expiresAt) - now <= MARGIN_MS;
}

/** What the person downloads. A new member of the union does not compile until it is named here. */
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

/** For members that came after this page was built. */
const titleOfNewer: (link: never) => string = () => 'the backup';
