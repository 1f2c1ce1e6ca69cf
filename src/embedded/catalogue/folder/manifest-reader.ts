import { relative } from 'node:path';
import type { z } from 'zod';
import type { Logger } from '../../../telemetry/logger.js';
import { readManifest, type Manifest } from '../manifest.js';

export type ManifestReader = <Content>(
  path: string,
  schema: z.ZodType<Content>,
) => Promise<Manifest<Content>>;

/**
 * Reads json files below `root`. A broken one costs what it describes and one warning, which comes
 * again only once the file was in order in between.
 */
export function createManifestReader(root: string, logger: Logger): ManifestReader {
  const broken = new Set<string>();
  return async (path, schema) => {
    const manifest = await readManifest(path, schema);
    if (manifest.kind !== 'broken') broken.delete(path);
    else if (!broken.has(path)) {
      broken.add(path);
      logger.warn(
        { file: relative(root, path), faults: manifest.faults },
        'a json file is not valid: what it describes is left out',
      );
    }
    return manifest;
  };
}
