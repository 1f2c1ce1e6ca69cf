import type { BigIntStats } from 'node:fs';
import { z } from 'zod';
import type { StoredFile } from './stored-file.js';

/** In backup.json: the digest of each file by its name, with the version of the file it was computed of. */
export const checksums = z.record(
  z.string(),
  z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), version: z.string() }),
);

export type Checksums = z.output<typeof checksums>;

/** The digest kept for a file; null where none was computed, or the file is another one since. */
export function sha256Of(
  kept: Checksums | undefined,
  { name, version }: Pick<StoredFile, 'name' | 'version'>,
): string | null {
  const one = kept && Object.hasOwn(kept, name) ? kept[name] : undefined;
  return one?.version === version ? one.sha256 : null;
}

/**
 * Tells one content of a file on a disk from another. Programs that copy set the time of modification, and
 * a file put in the place of another has its name: no program sets the time of the last change (ctime).
 */
export function versionOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}-${ctimeNs.toString(36)}`;
}
