import { stat, statfs } from 'node:fs/promises';
import { DownloadError } from '../download-error.js';
import { formatSize } from '../../terminal/text.js';

/** A file that is to come, and the part that an earlier run may have left. */
export interface Claim {
  /** Null where unknown. */
  readonly sizeBytes: number | null;
  readonly partPath: string;
}

const BLOCK = 512;

/**
 * Checks the room for what is still missing: the sizes less the blocks that the parts have already, which
 * for a part with holes is less than its length.
 * @returns a notice where the file system does not report its free space
 * @throws DownloadError 'target' with both numbers
 */
export async function requireRoom(
  folder: string,
  claims: readonly Claim[],
): Promise<string | null> {
  const needs = await Promise.all(claims.map(needOf));
  const needed = needs.reduce((sum, need) => sum + need, 0);
  if (needed === 0) return null;
  const free = await freeBytes(folder);
  if (free === null)
    return 'The file system does not report its free space; continuing without the check.';
  if (free >= needed) return null;
  throw new DownloadError(
    'target',
    `${formatSize(needed)} (${needed} bytes) are still to be downloaded, and the disk has room for ` +
      `${formatSize(free)} (${free} bytes): free some space, or choose another place with -o.`,
  );
}

async function needOf({ sizeBytes, partPath }: Claim): Promise<number> {
  if (sizeBytes === null) return 0;
  const part = await stat(partPath).catch(() => null);
  // A file system may count its own blocks of a file with it: the need is never below none.
  return Math.max(0, sizeBytes - (part === null ? 0 : part.blocks * BLOCK));
}

/** Null where unknown: network and virtual file systems report zero of everything. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize, blocks } = await statfs(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}
