import { isFileByFile } from '../../domain/engines.js';
import { formatBackupId } from '../../domain/ids.js';
import type { AddedBackup } from '../../embedded/admin/add-backup.js';
import { formatSize } from './text.js';
import { safeText } from '../../domain/safe-text.js';

/**
 * What a person wants to know of a backup that was added: its id, where it is, how large, its digests, and
 * how to see it.
 * @param page its address in the page of the service
 */
export function addedText(added: AddedBackup, page: string | null): string {
  const { key, engine, files, place } = added;
  const id = formatBackupId(key);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const lines = files.map(
    ({ name, sizeBytes, sha256 }) =>
      `  ${safeText(name)}  ${sizeBytes} bytes${sha256 === null ? '' : `  SHA-256 ${sha256}`}`,
  );
  return `Added ${id}

Written to ${safeText(place)} (${formatSize(total)})
${lines.join('\n')}
${page === null ? '' : `Page: ${page}\n`}
Query for its links:

{
  backup(id: "${id}") {
    name
    status
${isFileByFile(engine) ? FILE_LINKS : SET_LINK}
  }
}
`;
}

const FILE_LINKS = `    files {
      name
      downloadURL(expiresIn: 3600) { publicURL internalURL expiresAt sizeBytes sha256 }
    }`;

const SET_LINK = `    downloadURL {
      ... on MySqlBackupDownloadURL { publicURL internalURL expiresAt sizeBytes sha256 }
    }`;
