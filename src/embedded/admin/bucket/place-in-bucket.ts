import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { formatBackupId, type BackupKey, type InstanceKey } from '../../../domain/ids.js';
import { INCOMPLETE, type InstanceBranch } from '../../bucket/bucket-tree.js';
import { fileNameOf } from '../../bucket/store-client.js';
import type { StoreClient } from '../../bucket/store-client.js';
import type { Checksums } from '../../catalogue/checksums.js';
import { MAX_MANIFEST_SIZE } from '../../catalogue/manifest.js';
import { orStopped, usageFault } from '../admin-error.js';
import type { NewBackup } from '../arguments.js';
import { backupJson, instanceJson, toJsonText } from '../manifests.js';
import type { PlacedBackup, PlacedFile, PlaceOptions } from '../own-store.js';
import type { InStore, Uploads } from './uploads.js';

const KEPT = 'uploaded parts are kept; run the same command again to resume';

export interface BucketPlace {
  readonly backup: NewBackup;
  /** The instance in the bucket; undefined for a new one. */
  readonly instance: InstanceBranch | undefined;
  /** Returns the key prefix of an instance, with a trailing slash. */
  readonly folderOf: (key: InstanceKey) => string;
  readonly client: StoreClient;
  readonly uploads: Uploads;
}

/** The content of `.incomplete`: the files of a backup, so that the same command resumes it on any machine. */
const uploadRecord = z.object({
  engine: z.string(),
  files: z.array(z.object({ name: z.string(), size: z.int().nonnegative() })),
});
type UploadRecord = z.output<typeof uploadRecord>;

/**
 * Adds a backup to a bucket: writes a marker that hides it, then its files and manifests, and
 * removes the marker. After an interruption, the same command finds the marker and resumes.
 * @throws StoreError, AdminError; the reason of `signal`, with the uploaded parts kept
 */
export async function placeInBucket(
  place: BucketPlace,
  options: PlaceOptions,
): Promise<PlacedBackup> {
  const { backup, instance, folderOf, client } = place;
  const putManifests = async (key: BackupKey, checksums: Checksums): Promise<void> => {
    const isDeleted = instance !== undefined && !instance.manifest && hasBackups(instance);
    if (!instance?.manifest && !isDeleted) {
      await client.put(`${folderOf(key)}instance.json`, toJsonText(instanceJson(backup)));
    }
    const content = toJsonText(backupJson(backup, isDeleted, checksums));
    await client.put(`${folderOf(key)}${key.backupId}/backup.json`, content);
  };

  if (backup.objects.length > 0) {
    const placed = backup.objects.map((key) => toPlacedFile(client, key, options.warn));
    const files = await Promise.all(placed);
    await putManifests(backup.key, {});
    return { key: backup.key, files };
  }
  const record = await recordOf(backup);
  const resumed = await findUnfinished(place, record, options.warn);
  const key = resumed ?? backup.key;
  const folder = `${folderOf(key)}${key.backupId}/`;
  if (!resumed) await client.put(`${folder}${INCOMPLETE}`, toJsonText(record));
  try {
    const { files, checksums } = await sendFiles(place, { folder, record, resumed }, options);
    await putManifests(key, checksums);
    await client.remove(`${folder}${INCOMPLETE}`);
    return { key, files };
  } catch (error) {
    throw orStopped(error, options.signal, KEPT);
  }
}

async function recordOf({ engine, files }: NewBackup): Promise<UploadRecord> {
  const facts = files.map(async (path) => ({
    name: basename(path),
    size: (await stat(path)).size,
  }));
  return { engine, files: await Promise.all(facts) };
}

/**
 * The backup of an earlier run with the same files, by name and size: parts are compared by their bytes. Tells of
 * others in the instance, which nobody may ever finish.
 * @throws AdminError where the id that was given is that of other files
 */
async function findUnfinished(
  { backup, instance, folderOf, client }: BucketPlace,
  record: UploadRecord,
  warn: (text: string) => void,
): Promise<BackupKey | null> {
  const others: string[] = [];
  for (const [backupId, { isIncomplete }] of instance?.backups ?? []) {
    if (!isIncomplete || (backup.isIdGiven && backupId !== backup.key.backupId)) continue;
    const key = { ...backup.key, backupId };
    const marker = `${folderOf(key)}${backupId}/${INCOMPLETE}`;
    const got = await client.getText(marker, MAX_MANIFEST_SIZE);
    if (isSameUpload(got?.text ?? '', record)) return key;
    others.push(formatBackupId(key));
  }
  for (const id of others) {
    const what = `${id} is an unfinished upload of other files`;
    if (backup.isIdGiven) {
      throw usageFault(`--backup-id: ${what}; remove it first with \`backups remove ${id}\``);
    }
    warn(
      `${what}: unless it is still running, add the same files again to finish it, or remove it with \`backups remove ${id}\`.`,
    );
  }
  return null;
}

function isSameUpload(text: string, record: UploadRecord): boolean {
  try {
    return JSON.stringify(uploadRecord.parse(JSON.parse(text))) === JSON.stringify(record);
  } catch {
    return false;
  }
}

interface Sending {
  readonly folder: string;
  readonly record: UploadRecord;
  readonly resumed: BackupKey | null;
}

async function sendFiles(
  { backup, uploads }: BucketPlace,
  { folder, record, resumed }: Sending,
  { signal, onProgress, warn }: PlaceOptions,
): Promise<{ files: PlacedFile[]; checksums: Checksums }> {
  const total = record.files.reduce((sum, { size }) => sum + size, 0);
  let isSaid = resumed === null;
  const say = (isKept: boolean): void => {
    if (isSaid) return;
    isSaid = true;
    const id = resumed?.backupId ?? '';
    warn(
      isKept
        ? `Resuming ${id}, which an earlier run started.`
        : `Starting ${id} over: the store has no part of it from the earlier run.`,
    );
  };
  const files: PlacedFile[] = [];
  const checksums: [string, Checksums[string]][] = [];
  let before: InStore = { kept: 0, sent: 0 };
  for (const path of backup.files) {
    const name = basename(path);
    let all = before;
    const { sha256, object } = await uploads.upload(path, `${folder}files/${name}`, {
      signal,
      onProgress: (inStore) => {
        say(inStore.kept > 0);
        all = { kept: before.kept + inStore.kept, sent: before.sent + inStore.sent };
        onProgress({ done: all.kept + all.sent, total, kept: all.kept });
      },
    });
    before = all;
    files.push({ name, sizeBytes: object.size, sha256 });
    checksums.push([name, { sha256, version: object.version }]);
  }
  return { files, checksums: Object.fromEntries(checksums) };
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
    .filter((coding) => !['', 'aws-chunked', 'identity'].includes(coding));
  if (packedIn.length > 0) {
    warn(
      `${key} is stored with Content-Encoding ${packedIn.join(', ')}: browsers decompress it on download. ` +
        'Copy the object onto itself without that metadata.',
    );
  }
  return { name: fileNameOf(key), sizeBytes: size, sha256: null };
}

/** Whether the instance has a complete backup, not only one that is being added. */
function hasBackups({ backups }: InstanceBranch): boolean {
  return [...backups.values()].some(({ isIncomplete }) => !isIncomplete);
}
