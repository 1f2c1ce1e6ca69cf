import { basename } from 'node:path';
import type { BackupKey, InstanceKey } from '../../../domain/ids.js';
import { INCOMPLETE, type InstanceBranch } from '../../bucket/bucket-tree.js';
import type { MultipartUploads } from '../../bucket/multipart-upload.js';
import type { StoreClient } from '../../bucket/store-client.js';
import { MAX_MANIFEST_SIZE } from '../../catalogue/manifest.js';
import type { Checksums } from '../../catalogue/checksums.js';
import type { NewBackup } from '../arguments.js';
import { orStopped } from '../or-stopped.js';
import { backupJson, instanceJson } from '../manifests.js';
import type { PlacedBackup, PlacedFile, PlaceOptions } from '../own-store.js';
import { isSameUpload, recordOf } from './upload-record.js';
import { uploadFile } from './upload-file.js';

const KEPT = 'uploaded parts are kept; run the same command again to resume';

export interface BucketPlace {
  readonly backup: NewBackup;
  /** The instance in the bucket; undefined for a new one. */
  readonly instance: InstanceBranch | undefined;
  /** Returns the key prefix of an instance, with a trailing slash. */
  readonly folderOf: (key: InstanceKey) => string;
  readonly client: StoreClient;
  readonly uploads: MultipartUploads;
  readonly pause: ((ms: number) => Promise<unknown>) | undefined;
}

/**
 * Adds a backup to a bucket: writes a marker that hides it, then its files and manifests, and
 * removes the marker. After an interruption, the same command finds the marker and resumes.
 * @throws StoreError, FaultsError; the reason of `signal`, with the uploaded parts kept
 */
export async function placeInBucket(
  place: BucketPlace,
  options: PlaceOptions,
): Promise<PlacedBackup> {
  const { backup, instance, folderOf, client } = place;
  const putManifests = async (key: BackupKey, checksums: Checksums): Promise<void> => {
    const isDeleted = instance !== undefined && !instance.manifest && hasBackups(instance);
    if (!instance?.manifest && !isDeleted) {
      await putJson(client, `${folderOf(key)}instance.json`, instanceJson(backup));
    }
    const content = backupJson(backup, { withEngine: isDeleted, checksums });
    await putJson(client, `${folderOf(key)}${key.backupId}/backup.json`, content);
  };

  if (backup.objects.length > 0) {
    const files = await Promise.all(
      backup.objects.map((key) => toPlacedFile(client, key, options.warn)),
    );
    await putManifests(backup.key, {});
    return { key: backup.key, files };
  }
  const key = await begin(place, options);
  const folder = `${folderOf(key)}${key.backupId}/`;
  const { files, checksums } = await sendFiles(place, `${folder}files/`, options).catch(
    (error: unknown) => {
      throw orStopped(error, options.signal, KEPT);
    },
  );
  await putManifests(key, checksums);
  await client.remove(`${folder}${INCOMPLETE}`);
  return { key, files };
}

/** Writes the marker, or finds the one of an earlier run with the same files. */
async function begin(
  { backup, instance, folderOf, client }: BucketPlace,
  { warn }: PlaceOptions,
): Promise<BackupKey> {
  const record = await recordOf(backup);
  const markerOf = (backupId: string): string => `${folderOf(backup.key)}${backupId}/${INCOMPLETE}`;
  for (const [backupId, { isIncomplete }] of instance?.backups ?? []) {
    if (!isIncomplete || (backup.isIdGiven && backupId !== backup.key.backupId)) continue;
    const got = await client.getText(markerOf(backupId), MAX_MANIFEST_SIZE);
    if (!isSameUpload(got?.text ?? null, record)) continue;
    warn(`Resuming ${backupId}, which an earlier run started.`);
    return { ...backup.key, backupId };
  }
  await putJson(client, markerOf(backup.key.backupId), record);
  return backup.key;
}

async function sendFiles(
  { backup, client, uploads, pause }: BucketPlace,
  folder: string,
  { signal, onProgress }: PlaceOptions,
): Promise<{ files: PlacedFile[]; checksums: Checksums }> {
  const { files: facts } = await recordOf(backup);
  const total = facts.reduce((sum, { size }) => sum + size, 0);
  let [done, kept] = [0, 0];
  const onBytes = (count: number, isKept: boolean): void => {
    done += count;
    if (isKept) kept += count;
    onProgress({ done, total, kept });
  };
  const files: PlacedFile[] = [];
  const checksums: Checksums = {};
  for (const path of backup.files) {
    const name = basename(path);
    const { sha256, object } = await uploadFile(path, folder + name, {
      client,
      uploads,
      signal,
      onBytes,
      ...(pause && { pause }),
    });
    files.push({ name, sizeBytes: object.size, sha256 });
    checksums[name] = { sha256, version: object.version };
  }
  return { files, checksums };
}

async function toPlacedFile(
  client: Pick<StoreClient, 'head'>,
  key: string,
  warn: (text: string) => void,
): Promise<PlacedFile> {
  const { size, contentEncoding } = await client.head(key);
  const packedIn = (contentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim())
    // `aws-chunked` describes the upload, not the stored bytes.
    .filter((coding) => coding !== '' && coding !== 'aws-chunked' && coding !== 'identity');
  if (packedIn.length > 0) {
    warn(
      `${key} is stored with Content-Encoding ${packedIn.join(', ')}: browsers decompress it on download. ` +
        'Copy the object onto itself without that metadata.',
    );
  }
  return { name: key.slice(key.lastIndexOf('/') + 1), sizeBytes: size, sha256: null };
}

/** Whether the instance has a complete backup, not only one that is being added. */
function hasBackups({ backups }: InstanceBranch): boolean {
  return [...backups.values()].some(({ isIncomplete }) => !isIncomplete);
}

async function putJson(
  client: Pick<StoreClient, 'put'>,
  key: string,
  value: object,
): Promise<void> {
  await client.put(key, `${JSON.stringify(value, null, 2)}\n`);
}
