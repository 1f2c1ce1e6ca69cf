import type { z } from 'zod';
import type { Logger } from '../../telemetry/logger.js';
import { MAX_MANIFEST_SIZE, type Manifest, parseManifest } from '../catalogue/manifest.js';
import {
  MAX_SNAPSHOT,
  readSnapshot,
  SNAPSHOT,
  type SnapshotEntry,
  writeSnapshot,
} from './snapshot.js';
import { type ListedObject, type StoreClient, versionOf } from './store-client.js';
import { isStoreFault, toStoreError } from './store-error.js';

/** The JSON files of a bucket: each content is read once, also over restarts. */
export interface JsonFiles {
  /** Begins a listing. The first one uses the snapshot of an earlier process, if the bucket has one. */
  begin(listed: ListedObject | undefined): Promise<void>;
  /** What stands in an object; `missing` where there is none. @throws StoreError where the store fails */
  read<Content>(
    object: ListedObject | undefined,
    schema: z.ZodType<Content>,
  ): Promise<Manifest<Content>>;
  /** Ends a listing: forgets what was not read since the one before, and saves the rest for the next start. */
  end(): void;
}

export interface JsonFilesOptions {
  readonly client: Pick<StoreClient, 'getText' | 'put'>;
  readonly bucket: string;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Whether to save a snapshot; one that is there is used in any case. */
  readonly savesSnapshot: boolean;
  readonly logger: Logger;
  /** Milliseconds, by a clock that never goes back. */
  readonly now: () => number;
}

interface Known {
  readonly object: ListedObject;
  readonly manifest: Manifest<unknown>;
  /** Whether it is the version that was listed: a store may still answer with an earlier one. */
  readonly isListed: boolean;
  isUsed: boolean;
}

/** It is not worth it to save fewer requests for the next start. */
const MIN_REQUESTS = 100;
/** Milliseconds between two snapshots. */
const SAVE_EVERY_MS = 30_000;

export function createJsonFiles(options: JsonFilesOptions): JsonFiles {
  const { client, prefix, savesSnapshot, logger, now } = options;
  const key = `${prefix}${SNAPSHOT}`;
  const known = new Map<string, Known>();
  let saved = new Map<string, SnapshotEntry>();
  /** Requests that the next start would have to repeat. */
  let requests = 0;
  let saveFrom = now() + SAVE_EVERY_MS;
  let isFirst = true;
  let saving: Promise<void> | null = null;
  let mayWrite = savesSnapshot;
  let isFailing = false;

  async function load({ size }: ListedObject): Promise<Map<string, SnapshotEntry> | string> {
    try {
      const got = size > MAX_SNAPSHOT ? null : await client.getText(key, MAX_SNAPSHOT);
      return got === null ? 'it is too large' : await readSnapshot(options, got.text);
    } catch (error) {
      return `it cannot be read: ${toStoreError(error).message}`;
    }
  }

  /** Also in the middle of a long first listing: a start that is cut off leaves the next one less to do. */
  function save(): void {
    if (!mayWrite || saving || requests < MIN_REQUESTS || now() < saveFrom) return;
    requests = 0;
    saveFrom = now() + SAVE_EVERY_MS;
    const entries = [...known.values()].flatMap(({ object, manifest, isListed }) =>
      isListed && manifest.kind === 'read' ? [entryOf(object, manifest.content)] : [],
    );
    saving = write(entries).finally(() => (saving = null));
  }

  function entryOf({ key: own, version, modifiedAt }: ListedObject, content: unknown) {
    const entry: SnapshotEntry = [own.slice(prefix.length), version, modifiedAt.getTime(), content];
    return entry;
  }

  async function write(entries: readonly SnapshotEntry[]): Promise<void> {
    try {
      await client.put(key, await writeSnapshot(options, entries));
      isFailing = false;
    } catch (error) {
      mayWrite = !isStoreFault(error, 'refused');
      if (isFailing) return;
      isFailing = true;
      logger.info(
        { key, reason: toStoreError(error).message },
        'cannot save the backup index; the next start reads all JSON files',
      );
    }
  }

  /** Null unless it was saved and is valid. */
  function recall(object: ListedObject, schema: z.ZodType): Known | null {
    const entry = saved.get(object.key.slice(prefix.length));
    if (entry?.[1] !== object.version || entry[2] !== object.modifiedAt.getTime()) return null;
    const parsed = schema.safeParse(entry[3]);
    if (!parsed.success) return null;
    const manifest = { kind: 'read', content: parsed.data } as const;
    return { object, manifest, isListed: true, isUsed: true };
  }

  async function request(object: ListedObject, schema: z.ZodType): Promise<Known> {
    const found = { object, isListed: true, isUsed: true };
    try {
      const isLarge = object.size > MAX_MANIFEST_SIZE;
      const got = isLarge ? null : await client.getText(object.key, MAX_MANIFEST_SIZE);
      if (got === null) {
        return { ...found, manifest: broken(`larger than ${MAX_MANIFEST_SIZE} bytes`) };
      }
      const isListed = versionOf(got.etag, Buffer.byteLength(got.text)) === object.version;
      return { ...found, isListed, manifest: parseManifest(got.text, schema) };
    } catch (error) {
      if (isStoreFault(error, 'missing')) return { ...found, manifest: { kind: 'missing' } };
      if (!isStoreFault(error, 'archived')) throw error;
      return { ...found, manifest: broken('in cold storage') };
    }
  }

  return {
    async begin(listed) {
      if (!isFirst || !listed) return;
      const loaded = await load(listed);
      if (typeof loaded !== 'string') saved = loaded;
      else {
        logger.warn({ key, reason: loaded }, 'ignoring the saved backup index; rebuilding it');
        requests = MIN_REQUESTS;
      }
    },

    async read<Content>(object: ListedObject | undefined, schema: z.ZodType<Content>) {
      if (object === undefined) return { kind: 'missing' };
      const earlier = known.get(object.key);
      if (earlier?.object.version === object.version) {
        earlier.isUsed = true;
        return earlier.manifest as Manifest<Content>;
      }
      const recalled = recall(object, schema);
      const found = recalled ?? (await request(object, schema));
      // Each key is read by one schema.
      const manifest = found.manifest as Manifest<Content>;
      if (manifest.kind === 'broken') {
        logger.warn(
          { key: object.key, faults: manifest.faults },
          'invalid JSON manifest; skipping its backup or instance',
        );
      }
      // Removed since it was listed: the next listing tells.
      if (manifest.kind !== 'missing') known.set(object.key, found);
      if (!recalled) requests += 1;
      save();
      return manifest;
    },

    end() {
      for (const [own, one] of known) {
        if (!one.isUsed) known.delete(own);
        one.isUsed = false;
      }
      saved.clear();
      if (isFirst) saveFrom = now();
      isFirst = false;
      save();
    },
  };
}

function broken(fault: string): { readonly kind: 'broken'; readonly faults: readonly string[] } {
  return { kind: 'broken', faults: [fault] };
}
