import type { z } from 'zod';
import type { Logger } from '../../telemetry/logger.js';
import { MAX_MANIFEST_SIZE, type Manifest, parseManifest } from '../catalogue/manifest.js';
import type { ListedObject, StoreClient } from './store-client.js';
import { isStoreFault } from './store-error.js';

/** The json files of a bucket: each content is read once. */
export interface Manifests {
  /** What stands in an object; `missing` where there is none. @throws StoreError where the store fails */
  read<Content>(
    object: ListedObject | undefined,
    schema: z.ZodType<Content>,
  ): Promise<Manifest<Content>>;
  /** Forgets what was not asked for since it was called last. */
  forgetOthers(): void;
}

interface Kept {
  readonly version: string;
  readonly manifest: Manifest<unknown>;
  isUsed: boolean;
}

export function createManifests(client: Pick<StoreClient, 'getText'>, logger: Logger): Manifests {
  const kept = new Map<string, Kept>();

  async function fetch<Content>(
    { key, size }: ListedObject,
    schema: z.ZodType<Content>,
  ): Promise<Manifest<Content>> {
    try {
      const text = size > MAX_MANIFEST_SIZE ? null : await client.getText(key, MAX_MANIFEST_SIZE);
      if (text !== null) return parseManifest(text, schema);
      return { kind: 'broken', faults: [`larger than ${MAX_MANIFEST_SIZE} bytes`] };
    } catch (error) {
      if (isStoreFault(error, 'missing')) return { kind: 'missing' };
      if (!isStoreFault(error, 'archived')) throw error;
      return { kind: 'broken', faults: ['in cold storage'] };
    }
  }

  return {
    async read<Content>(object: ListedObject | undefined, schema: z.ZodType<Content>) {
      if (object === undefined) return { kind: 'missing' };
      const known = kept.get(object.key);
      if (known?.version === object.version) {
        known.isUsed = true;
        // Each key is read by one schema.
        return known.manifest as Manifest<Content>;
      }
      const manifest = await fetch(object, schema);
      if (manifest.kind === 'broken') {
        logger.warn(
          { key: object.key, faults: manifest.faults },
          'a json file is not valid: what it describes is left out',
        );
      }
      // Removed since it was listed: the next listing tells.
      if (manifest.kind !== 'missing') {
        kept.set(object.key, { version: object.version, manifest, isUsed: true });
      }
      return manifest;
    },
    forgetOthers() {
      for (const [key, manifest] of kept) {
        if (!manifest.isUsed) kept.delete(key);
        manifest.isUsed = false;
      }
    },
  };
}
