import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of the large file: 2 GiB. */
export const SIZE = 2 * 2 ** 30;

const PLACE = ['cn-north-1', 'mysql-bench000001'];
const BACKUP = '0a2bd2ba-1c4f-4a7d-9c51-000000000001';
export const BACKUP_ID = [...PLACE, BACKUP].join('/');

/**
 * Makes a backup of one large file below `dir`. The file has no blocks on the disk, so that reading it
 * measures the way out and not the disk.
 * @returns its path
 */
export async function prepareLargeFile(dir) {
  const instance = join(dir, ...PLACE);
  await mkdir(join(instance, BACKUP, 'files'), { recursive: true });
  await writeFile(join(instance, 'instance.json'), '{"engine":"MySQL"}');
  await writeFile(join(instance, BACKUP, 'backup.json'), '{"backupName":"large"}');
  const path = join(instance, BACKUP, 'files', 'set.xbstream');
  const file = await open(path, 'w');
  await file.truncate(SIZE);
  await file.close();
  return path;
}

/** A link to the large file, from a product over the folder it was made in. */
export async function linkOf({ origin }) {
  const query = `{ backup(id: "${BACKUP_ID}") { downloadURL { ... on DownloadLink { publicURL } } } }`;
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).data.backup.downloadURL.publicURL;
}
