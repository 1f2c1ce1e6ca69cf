import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { backupManifest, instanceManifest } from '../catalogue/manifest.js';

/**
 * The JSON files of a bucket in one object, for the next start of any replica. It saves requests and decides nothing:
 * an entry only counts for an object that is listed with the version and the time it had, and its content is
 * validated as that of the object.
 */

/** Key below the prefix, version, time in milliseconds since the epoch, content. */
const entry = z.tuple([z.string(), z.string(), z.number(), z.unknown()]);
export type SnapshotEntry = z.output<typeof entry>;

/** Name of the object below the prefix; no region has a name like it. */
export const SNAPSHOT = '.backup-index.jsonl';
/** Bytes of an object that is read; 100,000 backups take some 30 MB. */
export const MAX_SNAPSHOT = 256 * 1024 ** 2;
/** Entries in a line, after which others get their turn. */
const PER_LINE = 200;

/** The form of the lines, and the members of the JSON files that are read: another version may read more. */
const FORMAT = [
  '2',
  ...[backupManifest, instanceManifest].map(({ shape }) => Object.keys(shape).sort().join(' ')),
].join('; ');

/** The first line: what the snapshot is of. */
function headOf(bucket: string, prefix: string): string {
  return JSON.stringify({ format: FORMAT, bucket, prefix });
}

export interface SnapshotOf {
  readonly bucket: string;
  readonly prefix: string;
}

/** The last line holds the digest of the others, so that a cut or changed text shows. */
export async function writeSnapshot(
  { bucket, prefix }: SnapshotOf,
  entries: readonly SnapshotEntry[],
): Promise<string> {
  const lines = [headOf(bucket, prefix)];
  const hash = createHash('sha256').update(lines[0] ?? '');
  for (let at = 0; at < entries.length; at += PER_LINE) {
    const line = JSON.stringify(entries.slice(at, at + PER_LINE));
    hash.update(line);
    lines.push(line);
    await nextTurn();
  }
  return `${[...lines, JSON.stringify({ sha256: hash.digest('hex') })].join('\n')}\n`;
}

/** @returns the entries by key, or why it cannot be used */
export async function readSnapshot(
  { bucket, prefix }: SnapshotOf,
  text: string,
): Promise<Map<string, SnapshotEntry> | string> {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  if (head !== headOf(bucket, prefix)) return 'it is of another version or another bucket';
  const end = lines.pop();
  const hash = createHash('sha256').update(head);
  const entries = new Map<string, SnapshotEntry>();
  try {
    for (const line of lines) {
      hash.update(line);
      for (const one of z.array(entry).parse(JSON.parse(line))) entries.set(one[0], one);
      await nextTurn();
    }
  } catch {
    return 'it is damaged';
  }
  const isWhole = end === JSON.stringify({ sha256: hash.digest('hex') });
  return isWhole ? entries : 'it is damaged';
}
