import type { Stats } from 'node:fs';
import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Who the service runs as, by all appearances: the owner of EMBEDDED_DIR. */
export type Owner = Pick<Stats, 'uid' | 'gid'>;

/**
 * Makes the copies in a folder, and the folder itself, those of the owner, where this process may give files
 * away; and readable for their owner. Systems without users, as Windows, have nothing to hand over.
 * @param linked files that are not copies: what is done to them is done to their originals
 */
export async function handOver(
  folder: string,
  { uid, gid }: Owner,
  linked: readonly string[],
): Promise<void> {
  if (process.geteuid?.() !== 0 || uid === 0) return;
  const entries = await readdir(folder, { recursive: true });
  for (const path of [folder, ...entries.map((entry) => join(folder, entry))]) {
    if (!linked.includes(path)) await lchown(path, uid, gid);
  }
}

/** The same for one file that is new. */
export async function handOverFile(path: string, { uid, gid }: Owner): Promise<void> {
  if (process.geteuid?.() === 0 && uid !== 0) await lchown(path, uid, gid);
}

/** Lets the owner of a copy read it, whatever the mode of the original was. */
export async function makeReadable(copy: string, { mode }: Stats): Promise<void> {
  await chmod(copy, (mode & 0o777) | OWNER_READS);
}

const OWNER_READS = 0o400;

/** A warning for each file that the owner cannot read for all that. */
export async function findUnreadable(files: readonly string[], owner: Owner): Promise<string[]> {
  if (process.geteuid === undefined || owner.uid === 0) return [];
  const stats = await Promise.all(files.map((file) => stat(file)));
  return files
    .filter((_, i) => stats[i] !== undefined && !mayRead(stats[i], owner))
    .map(
      (file) =>
        `${basename(file)} cannot be read by the owner of EMBEDDED_DIR (uid ${owner.uid}): ` +
        'if the service runs as that user, its downloads are refused. Change its owner or its mode.',
    );
}

/** By owner and group; the groups a user is in beside its own are not known. */
function mayRead({ uid, gid, mode }: Stats, owner: Owner): boolean {
  if (uid === owner.uid) return (mode & 0o400) !== 0;
  return gid === owner.gid ? (mode & 0o040) !== 0 : (mode & 0o004) !== 0;
}
