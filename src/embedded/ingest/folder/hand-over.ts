import type { Stats } from 'node:fs';
import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** The user the service presumably runs as: the owner of EMBEDDED_DIR. */
export type Owner = Pick<Stats, 'uid' | 'gid'>;

/**
 * Gives a folder and the copies in it to the owner if this process runs as root. Does nothing on
 * systems without users, such as Windows.
 * @param linked hard links to skip, since a change would affect their originals
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

/** Gives one new file to the owner. */
export async function handOverFile(path: string, { uid, gid }: Owner): Promise<void> {
  if (process.geteuid?.() === 0 && uid !== 0) await lchown(path, uid, gid);
}

/** Makes a copy readable for its owner, whatever the mode of the original. */
export async function makeReadable(copy: string, { mode }: Stats): Promise<void> {
  await chmod(copy, (mode & 0o777) | OWNER_READS);
}

const OWNER_READS = 0o400;

/** Returns a warning for each file that the owner still cannot read. */
export async function findUnreadable(files: readonly string[], owner: Owner): Promise<string[]> {
  if (process.geteuid === undefined || owner.uid === 0) return [];
  const stats = await Promise.all(files.map((file) => stat(file)));
  return files
    .filter((_, i) => stats[i] !== undefined && !mayRead(stats[i], owner))
    .map(
      (file) =>
        `${basename(file)} cannot be read by the owner of EMBEDDED_DIR (uid ${owner.uid}): ` +
        'if the service runs as that user, it refuses its download. Change its owner or mode.',
    );
}

/** Checks owner and primary group; a user's other groups are unknown. */
function mayRead({ uid, gid, mode }: Stats, owner: Owner): boolean {
  if (uid === owner.uid) return (mode & 0o400) !== 0;
  return gid === owner.gid ? (mode & 0o040) !== 0 : (mode & 0o004) !== 0;
}
