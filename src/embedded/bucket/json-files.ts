import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../../telemetry/logger.js';
import type { ReportFinding } from '../catalogue/findings.js';
import {
  backupManifest,
  brokenManifest,
  instanceManifest,
  MAX_MANIFEST_SIZE,
  type Manifest,
  parseManifest,
} from '../catalogue/manifest.js';
import { type ListedObject, type StoreClient, versionOf } from './store-client.js';
import { isStoreFault, toStoreError } from './store-error.js';

/** The JSON files of a bucket: each content is read once, also over restarts. */
export type JsonFiles = ReturnType<typeof createJsonFiles>;

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

/**
 * Name of the snapshot below the prefix; no region has a name like it. It saves requests and decides nothing: an entry
 * only counts for an object that is listed with the version and the time it had, and its content is validated as that
 * of the object.
 */
export const SNAPSHOT = '.backup-index.jsonl';
/** Bytes of a snapshot that is read; 100,000 backups take some 30 MB. */
const MAX_SNAPSHOT = 256 * 1024 ** 2;
/** Entries in a line, after which others get their turn. */
const PER_LINE = 200;
/** It is not worth it to save fewer requests for the next start. */
const MIN_REQUESTS = 100;
/** Milliseconds between two snapshots. */
const SAVE_EVERY_MS = 30_000;

/** Key below the prefix, version, time in milliseconds since the epoch, content. */
const entry = z.tuple([z.string(), z.string(), z.number(), z.unknown()]);
type Entry = z.output<typeof entry>;

/** The form of the lines, and the members of the JSON files that are read: another version may read more. */
const FORMAT = [
  '3',
  ...[backupManifest, instanceManifest].map(({ shape }) => Object.keys(shape).sort().join(' ')),
].join('; ');

interface Known {
  readonly object: ListedObject;
  readonly manifest: Manifest<unknown>;
  /** Whether it is the version that was listed: a store may still answer with an earlier one. */
  readonly isListed: boolean;
}

export function createJsonFiles(options: JsonFilesOptions, report: ReportFinding) {
  const { client, bucket, prefix, savesSnapshot, logger, now } = options;
  const key = `${prefix}${SNAPSHOT}`;
  const head = JSON.stringify({ format: FORMAT, bucket, prefix });
  /** What the last listing had, and what this one has so far. */
  let last = new Map<string, Known>();
  let current = new Map<string, Known>();
  let saved = new Map<string, Entry>();
  /** Requests that the next start would have to repeat. */
  let requests = 0;
  let saveFrom = now() + SAVE_EVERY_MS;
  let isFirst = true;
  let isSaving = false;
  let mayWrite = savesSnapshot;
  let isFailing = false;

  /** @returns the entries by key, or why the snapshot cannot be used */
  async function load({ size }: ListedObject): Promise<Map<string, Entry> | string> {
    const got = size > MAX_SNAPSHOT ? null : await client.getText(key, MAX_SNAPSHOT);
    if (got === null) return 'it is too large';
    const [first, ...lines] = got.text.trimEnd().split('\n');
    if (first !== head) return 'it is of another version or another bucket';
    const entries = new Map<string, Entry>();
    try {
      for (const line of lines) {
        for (const one of z.array(entry).parse(JSON.parse(line))) entries.set(one[0], one);
        await nextTurn();
      }
    } catch {
      return 'it is damaged';
    }
    return entries;
  }

  /** Also in the middle of a long first listing: a start that is cut off leaves the next one less to do. */
  function save(): void {
    if (!mayWrite || isSaving || requests < MIN_REQUESTS || now() < saveFrom) return;
    requests = 0;
    saveFrom = now() + SAVE_EVERY_MS;
    isSaving = true;
    const known = new Map([...last, ...current]);
    void write([...known.values()]).finally(() => (isSaving = false));
  }

  async function write(known: readonly Known[]): Promise<void> {
    try {
      const entries = known.flatMap(({ object, manifest, isListed }): Entry[] => {
        if (!isListed || manifest.kind !== 'read') return [];
        const name = object.key.slice(prefix.length);
        return [[name, object.version, object.modifiedAt, manifest.content]];
      });
      const lines = [head];
      for (let at = 0; at < entries.length; at += PER_LINE) {
        lines.push(JSON.stringify(entries.slice(at, at + PER_LINE)));
        await nextTurn();
      }
      await client.put(key, `${lines.join('\n')}\n`);
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
    const [, version, time, content] = saved.get(object.key.slice(prefix.length)) ?? [];
    if (version !== object.version || time !== object.modifiedAt) return null;
    const parsed = schema.safeParse(content);
    if (!parsed.success) return null;
    return { object, manifest: { kind: 'read', content: parsed.data }, isListed: true };
  }

  async function request(object: ListedObject, schema: z.ZodType): Promise<Known> {
    try {
      const isLarge = object.size > MAX_MANIFEST_SIZE;
      const got = isLarge ? null : await client.getText(object.key, MAX_MANIFEST_SIZE);
      if (got === null) {
        const manifest = brokenManifest(`larger than ${MAX_MANIFEST_SIZE} bytes`);
        return { object, manifest, isListed: true };
      }
      const isListed = versionOf(got.etag, Buffer.byteLength(got.text)) === object.version;
      return { object, manifest: parseManifest(got.text, schema), isListed };
    } catch (error) {
      // Removed since it was listed: the next listing tells.
      if (isStoreFault(error, 'missing')) return { object, manifest: MISSING, isListed: false };
      if (!isStoreFault(error, 'archived')) throw error;
      return { object, manifest: brokenManifest('in cold storage'), isListed: true };
    }
  }

  return {
    /** Begins a listing. The first one uses the snapshot of an earlier process, if the bucket has one. */
    async begin(snapshot: ListedObject | undefined): Promise<void> {
      if (!isFirst || !snapshot) return;
      const loaded = await load(snapshot).catch(
        (error: unknown) => `it cannot be read: ${toStoreError(error).message}`,
      );
      if (typeof loaded !== 'string') saved = loaded;
      else {
        logger.warn({ key, reason: loaded }, 'ignoring the saved backup index; rebuilding it');
        requests = MIN_REQUESTS;
      }
    },

    /** What stands in an object; `missing` where there is none. @throws StoreError where the store fails */
    async read<Content>(
      object: ListedObject | undefined,
      schema: z.ZodType<Content>,
    ): Promise<Manifest<Content>> {
      if (object === undefined) return MISSING;
      const earlier = current.get(object.key) ?? last.get(object.key);
      let found = earlier?.object.version === object.version ? earlier : recall(object, schema);
      if (!found) {
        found = await request(object, schema);
        requests += 1;
      }
      const { manifest } = found;
      const facts =
        manifest.kind === 'broken' ? { key: object.key, faults: manifest.faults } : null;
      report('manifest', object.key, facts);
      if (manifest.kind !== 'missing') current.set(object.key, found);
      save();
      // Each key is read by one schema.
      return manifest as Manifest<Content>;
    },

    /** Ends a listing: forgets what it did not have, and saves the rest for the next start. */
    end(): void {
      last = current;
      current = new Map();
      saved.clear();
      if (isFirst) saveFrom = now();
      isFirst = false;
      save();
    },
  };
}

const MISSING = { kind: 'missing' } as const;
