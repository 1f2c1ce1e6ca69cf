import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import { ApiError } from '../api/api-error.js';
import type { FileService } from '../store.js';
import type { PresignedLinks } from './presigned-links.js';
import { type CallOptions, type FoundObject, type StoreClient, toFile } from './store-client.js';
import { isStoreFault, StoreError, toRefusal, toStoreError } from './store-error.js';

export interface BucketFilesOptions {
  readonly client: Pick<StoreClient, 'head' | 'first'>;
  readonly links: PresignedLinks;
  readonly prefix: string;
  /** Milliseconds the store has to answer for one link. */
  readonly timeoutMs: number;
}

/** Links to the files of a bucket. Each looks at the object first: the catalogue may be behind. */
export function createBucketFiles(options: BucketFilesOptions): FileService {
  const { client, links, prefix, timeoutMs } = options;

  function keyOf({ key }: CataloguedBackup, file: StoredFile): string {
    const { regionId, instanceId, backupId } = key;
    return file.objectKey ?? `${prefix}${regionId}/${instanceId}/${backupId}/files/${file.name}`;
  }

  async function issue(backup: CataloguedBackup, file: StoredFile, lifetime: number) {
    const key = keyOf(backup, file);
    const end = performance.now() + timeoutMs;
    const found = await find(key, () => ({
      timeoutMs: Math.max(1, Math.ceil(end - performance.now())),
    }));
    if (found === null) {
      // The set of an engine without names of files is simply not there, as in a folder.
      if (!backup.fileByFile) return null;
      throw new ApiError(400, 'FILE_NOT_FOUND', 'The file is no longer in the store.');
    }
    if (isArchived(found)) return null;
    const pair = await links.sign({ key, name: file.name }, lifetime, restoredUntil(found));
    return { ...pair, file: { ...file, ...toFile(found), name: file.name } };
  }

  /**
   * Null where there is no such object.
   * @param rest what is left of the time for one link
   */
  async function find(key: string, rest: () => CallOptions): Promise<FoundObject | null> {
    try {
      return await client.head(key, rest());
    } catch (error) {
      if (isStoreFault(error, 'missing')) return null;
      if (!isRefusal(error) || (await isListed(key, rest))) throw error;
      return null;
    }
  }

  /**
   * Whether a refused object is there. Who may not list a bucket gets the same refusal for an object that is
   * not there, so one listing decides: of the key, or where that may not be listed either, of the prefix.
   * @throws StoreError `refused` where not even that is allowed: the rights are lost
   */
  async function isListed(key: string, rest: () => CallOptions): Promise<boolean> {
    try {
      return (await client.first(key, rest())).some((object) => object.key === key);
    } catch (error) {
      if (key.startsWith(prefix) || !isStoreFault(error, 'refused')) throw error;
      await client.first(prefix, rest());
      return false;
    }
  }

  return {
    linkOrigins: links.origins,
    issue: async (backup, file, lifetime) => {
      try {
        return await issue(backup, file, lifetime);
      } catch (error) {
        throw error instanceof ApiError ? error : toRefusal(toStoreError(error));
      }
    },
  };
}

/** HEAD has no body to tell why: a token that has ended is a 400 like any other. */
function isRefusal(error: unknown): boolean {
  return isStoreFault(error, 'refused') || (error instanceof StoreError && error.status === 400);
}

/** Classes whose objects are read from a copy that somebody has asked for (Amazon S3, restoring objects). */
const COLD_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'];

function isArchived({ storageClass = '', archiveStatus = '', restore = '' }: FoundObject): boolean {
  const isCold = COLD_CLASSES.includes(storageClass) || archiveStatus !== '';
  return isCold && !restore.includes('ongoing-request="false"');
}

/** The end of a copy out of cold storage: `ongoing-request="false", expiry-date="Fri, …"`. */
function restoredUntil({ restore = '' }: FoundObject): Date | undefined {
  const end = Date.parse(/expiry-date="([^"]*)"/.exec(restore)?.[1] ?? '');
  return Number.isNaN(end) ? undefined : new Date(end);
}
