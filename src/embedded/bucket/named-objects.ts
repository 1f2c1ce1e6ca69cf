import { namesOf } from '../catalogue/catalogued-backup.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import { canBeLinked, fileNameOf } from './object-key.js';
import { type StoreClient, toFile } from './store-client.js';
import { isStoreFault } from './store-error.js';

/** The files of a backup that stand elsewhere in the bucket, by the keys in its backup.json. */
export interface NamedObjects {
  /**
   * The objects that are there, and the names of the others: missing, not readable, or with a key that no link can
   * carry. Those looked at within the last minutes are taken from memory.
   * @param taken names of files that the backup has besides
   * @throws StoreError where the store does not answer
   */
  find(keys: readonly string[], taken: readonly string[]): Promise<FoundObjects>;
  /** Forgets what no backup has named since it was called last. */
  forgetOthers(): void;
}

export interface FoundObjects {
  readonly files: readonly StoredFile[];
  readonly unavailable: readonly string[];
}

export interface NamedObjectsOptions {
  readonly client: Pick<StoreClient, 'head'>;
  /** Milliseconds, by a clock that never goes back. */
  readonly now: () => number;
}

/** Milliseconds before an object is looked at again for the lists; a link looks at it each time. */
const FRESH_MS = 300_000;

interface Look {
  readonly at: number;
  /** Null where it was not there. */
  readonly file: StoredFile | null;
  isNamed: boolean;
}

export function createNamedObjects(options: NamedObjectsOptions): NamedObjects {
  const { client, now } = options;
  const looks = new Map<string, Look>();

  async function find(key: string): Promise<StoredFile | null> {
    const name = fileNameOf(key);
    if (name === '' || !canBeLinked(key)) return null;
    try {
      return { ...toFile(await client.head(key)), objectKey: key };
    } catch (error) {
      if (isStoreFault(error, 'missing', 'refused')) return null;
      throw error;
    }
  }

  async function look(key: string): Promise<StoredFile | null> {
    const known = looks.get(key);
    if (known && now() - known.at < FRESH_MS) {
      known.isNamed = true;
      return known.file;
    }
    const file = await find(key);
    looks.set(key, { at: now(), file, isNamed: true });
    return file;
  }

  return {
    async find(keys, taken) {
      const files: StoredFile[] = [];
      const unavailable: string[] = [];
      for (const [key, name] of namesOf(keys, taken)) {
        const file = await look(key);
        if (file) files.push({ ...file, name });
        else unavailable.push(name);
      }
      return { files, unavailable };
    },
    forgetOthers() {
      for (const [key, seen] of looks) {
        if (!seen.isNamed) looks.delete(key);
        seen.isNamed = false;
      }
    },
  };
}
