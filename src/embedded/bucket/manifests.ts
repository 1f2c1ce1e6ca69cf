import type { z } from 'zod';
import type { Logger } from '../../telemetry/logger.js';
import { MAX_MANIFEST_SIZE, type Manifest, parseManifest } from '../catalogue/manifest.js';
import type { KeptManifests, ReadManifest } from './kept-manifests.js';
import { type ListedObject, type StoreClient, versionOf } from './store-client.js';
import { isStoreFault } from './store-error.js';

/** The json files of a bucket: each content is read once, also over restarts. */
export interface Manifests {
  /** Begins a listing with what an earlier process kept, if the listing has it. */
  begin(kept: ListedObject | undefined): Promise<void>;
  /** What stands in an object; `missing` where there is none. @throws StoreError where the store fails */
  read<Content>(
    object: ListedObject | undefined,
    schema: z.ZodType<Content>,
  ): Promise<Manifest<Content>>;
  /** Ends a listing: forgets what was not read since the one before, and keeps the rest for the next start. */
  end(): void;
}

export interface ManifestsOptions {
  readonly client: Pick<StoreClient, 'getText'>;
  readonly kept: KeptManifests;
  /** Whether to keep them for the next start. */
  readonly keepsIndex: boolean;
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

/** It is not worth it to keep fewer requests for the next start. */
const MIN_REQUESTS = 100;
/** Milliseconds between two times that manifests are kept. */
const KEEP_EVERY_MS = 30_000;

export function createManifests(options: ManifestsOptions): Manifests {
  const { client, kept, keepsIndex, logger, now } = options;
  const known = new Map<string, Known>();
  /** Requests that the next start would have to repeat. */
  let requests = 0;
  let keepFrom = now() + KEEP_EVERY_MS;
  let isFirst = true;
  let keeping: Promise<void> | null = null;

  async function request(object: ListedObject, schema: z.ZodType): Promise<Known> {
    const { key, size, version } = object;
    const found = { object, isListed: true, isUsed: true };
    try {
      const got = size > MAX_MANIFEST_SIZE ? null : await client.getText(key, MAX_MANIFEST_SIZE);
      if (got === null) {
        return { ...found, manifest: broken(`larger than ${MAX_MANIFEST_SIZE} bytes`) };
      }
      const isListed = versionOf(got.etag, Buffer.byteLength(got.text)) === version;
      return { ...found, isListed, manifest: parseManifest(got.text, schema) };
    } catch (error) {
      if (isStoreFault(error, 'missing')) return { ...found, manifest: { kind: 'missing' } };
      if (!isStoreFault(error, 'archived')) throw error;
      return { ...found, manifest: broken('in cold storage') };
    }
  }

  /** Null unless it was kept and is valid. */
  function recall(object: ListedObject, schema: z.ZodType): Known | null {
    const entry = kept.of(object);
    const parsed = entry === undefined ? undefined : schema.safeParse(entry);
    if (!parsed?.success) return null;
    const manifest = { kind: 'read', content: parsed.data } as const;
    return { object, manifest, isListed: true, isUsed: true };
  }

  function* readManifests(): Generator<ReadManifest> {
    for (const { object, manifest, isListed } of known.values()) {
      if (isListed && manifest.kind === 'read') yield { object, content: manifest.content };
    }
  }

  /** Also in the middle of a long first listing: a start that is cut off leaves the next one less to do. */
  function keep(): void {
    if (!keepsIndex || keeping || requests < MIN_REQUESTS || now() < keepFrom) return;
    requests = 0;
    keepFrom = now() + KEEP_EVERY_MS;
    keeping = kept.save([...readManifests()]).finally(() => (keeping = null));
  }

  return {
    async begin(listed) {
      if (isFirst && listed && !(await kept.load(listed))) requests = MIN_REQUESTS;
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
          'a json file is not valid: what it describes is left out',
        );
      }
      // Removed since it was listed: the next listing tells.
      if (manifest.kind !== 'missing') known.set(object.key, found);
      if (!recalled) requests += 1;
      keep();
      return manifest;
    },

    end() {
      for (const [key, manifest] of known) {
        if (!manifest.isUsed) known.delete(key);
        manifest.isUsed = false;
      }
      kept.forget();
      if (isFirst) keepFrom = now();
      isFirst = false;
      keep();
    },
  };
}

function broken(fault: string): { readonly kind: 'broken'; readonly faults: readonly string[] } {
  return { kind: 'broken', faults: [fault] };
}
