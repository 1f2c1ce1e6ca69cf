import { isFileByFile } from '../../domain/engines.js';
import { formatBackupId } from '../../domain/ids.js';
import type { NewBackup } from './arguments.js';

/** The id of a new backup and a query for its links, for the terminal. */
export function queryFor({ key, engine }: Pick<NewBackup, 'key' | 'engine'>): string {
  const id = formatBackupId(key);
  const links = isFileByFile(engine) ? FILE_LINKS : SET_LINK;
  return `Added ${id}

Query for its links:

{
  backup(id: "${id}") {
    name
    status
${links}
  }
}
`;
}

const FILE_LINKS = `    files {
      name
      downloadURL(expiresIn: 3600) { publicURL internalURL expiresAt }
    }`;

const SET_LINK = `    downloadURL {
      ... on MySqlBackupDownloadURL { publicURL internalURL expiresAt }
    }`;
