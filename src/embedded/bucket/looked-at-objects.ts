import type { StoredFile } from '../catalogue/stored-file.js';
import { canBeLinked } from './object-key.js';
import { type StoreClient, toFile } from './store-client.js';
import { isStoreFault } from './store-error.js';

/** Objects that a listing of the layout does not tell enough of: each is looked at, and remembered for a while. */
export interface LookedAtObjects {
  /**
   * The object as a file; null where it is missing, not readable, or has a key that no link can carry.
   * @throws StoreError where the store does not answer
   */
  find(key: string): Promise<StoredFile | null>;
  /** Forgets what was not asked for since it was called last. */
  forgetOthers(): void;
}

export interface LookedAtObjectsOptions {
  readonly client: Pick<StoreClient, 'head'>;
  /** Milliseconds, by a clock that never goes back. */
  readonly now: () => number;
}

/** Milliseconds before an object is looked at again for the lists; a link looks at it each time. */
const FRESH_MS = 300_000;

interface Look {
  readonly at: number;
  readonly file: StoredFile | null;
  isUsed: boolean;
}

export function createLookedAtObjects({ client, now }: LookedAtObjectsOptions): LookedAtObjects {
  const looks = new Map<string, Look>();

  async function look(key: string): Promise<StoredFile | null> {
    if (key.endsWith('/') || !canBeLinked(key)) return null;
    try {
      return toFile(await client.head(key));
    } catch (error) {
      if (isStoreFault(error, 'missing', 'refused')) return null;
      throw error;
    }
  }

  return {
    async find(key) {
      const known = looks.get(key);
      if (known && now() - known.at < FRESH_MS) {
        known.isUsed = true;
        return known.file;
      }
      const file = await look(key);
      looks.set(key, { at: now(), file, isUsed: true });
      return file;
    },
    forgetOthers() {
      for (const [key, seen] of looks) {
        if (!seen.isUsed) looks.delete(key);
        seen.isUsed = false;
      }
    },
  };
}
