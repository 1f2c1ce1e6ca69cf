import type { LinkedFile, LinkRequest } from '../domain/link.js';
import type { Catalogue } from './catalogue/catalogue.js';
import { sha256Of } from './catalogue/checksums.js';
import type { FileService } from './store.js';

/** Seconds; the link issued to check the file is never returned. */
const LIFETIME = 1;

/**
 * Whether an earlier link still leads to the file it described: a link names a file, which may have
 * been replaced. Checks the real file, as a new link does.
 * @throws ApiError
 */
export async function stillHolds(
  catalogue: Pick<Catalogue, 'findBackups'>,
  files: Pick<FileService, 'issue'>,
  { backup: key, fileName }: LinkRequest,
  { sizeBytes, sha256 }: LinkedFile,
): Promise<boolean> {
  const found = await catalogue.findBackups(key.regionId, key.backupId, key.instanceId);
  const backup = found.find(({ key: { instanceId } }) => instanceId === key.instanceId);
  const listed = backup?.files.find(({ name }) => fileName === undefined || name === fileName);
  if (!backup || !listed) return false;
  const file = (await files.issue(backup, listed, LIFETIME))?.file;
  return file?.size === sizeBytes && sha256Of(backup.checksums, file) === sha256;
}
