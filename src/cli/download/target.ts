import { mkdir, readlink, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { hasCode } from '../../domain/error-code.js';
import { usageError } from '../cli-error.js';
import { formatSize } from '../terminal/text.js';
import { toTargetError } from './failures.js';
import { statsAt } from './own-file.js';
import { LONGEST_NAME, shorten } from './safe-name.js';

/** Where files go. */
export type Target =
  /** A device or pipe, or standard output, which has no path: bytes in order, nothing beside it, never renamed over. */
  | { readonly kind: 'stream'; readonly path: string | null }
  /** One file by the name the person gave, or files by the names the service gives. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string; readonly isNew: boolean };

const MOST_LINKS = 40;

/**
 * Finds out what `-o` names. Links are followed, so that they stay and what they lead to is written. A
 * folder that is missing is made where its name ends in a separator, but not the ones above it.
 * @throws CliError 'usage'
 */
export async function resolveTarget(given: string | null, cwd: string): Promise<Target> {
  if (given === '-') return { kind: 'stream', path: null };
  if (given === null) return { kind: 'folder', path: cwd, isNew: false };
  if (given === '') throw usageError('-o is empty: name a file, a folder or -.');
  const path = resolve(cwd, given);
  const namesFolder = given.endsWith('/') || given.endsWith(sep);
  try {
    const stats = await stat(path).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
      return null;
    });
    if (stats?.isDirectory() === true) return { kind: 'folder', path, isNew: false };
    if (namesFolder) {
      if (stats !== null) throw usageError(`${path} is not a folder: check -o.`);
      await mkdir(path);
      return { kind: 'folder', path, isNew: true };
    }
    if (stats?.isSocket() === true) {
      throw usageError(`${path} is a socket, which cannot be written: check -o.`);
    }
    if (stats !== null && !stats.isFile()) return { kind: 'stream', path };
    return { kind: 'file', path: await endOfLinks(path) };
  } catch (error) {
    throw toTargetError(error, path);
  }
}

/** Where links lead to, also where nothing is there yet. */
async function endOfLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const stats = await statsAt(at);
    if (stats?.isSymbolicLink() !== true) return at;
    // As the kernel does in folders like /tmp: somebody else's link could lead to any file of this user.
    if (![0, process.geteuid?.() ?? stats.uid].includes(stats.uid)) {
      throw usageError(`${at} is a link of another user: check -o.`);
    }
    at = resolve(dirname(at), await readlink(at));
  }
  throw usageError(`${path} is a symbolic link loop: check -o.`);
}

const ENDINGS = ['.part', '.part.json', '.part.lock', '.mismatch'];

/** Paths of what is kept beside a file until it is whole. */
export interface Beside {
  readonly part: string;
  readonly state: string;
  readonly lock: string;
  readonly mismatch: string;
}

/**
 * A name that leaves no room for an ending is cut there.
 * @param taken paths of the files that are downloaded with it: one of them may end in `.part`
 */
export function besideOf(path: string, taken: ReadonlySet<string>): Beside {
  const longest = LONGEST_NAME - Buffer.byteLength('~.part.json.0123456789abcdef');
  let stem = join(dirname(path), shorten(basename(path), longest));
  while (ENDINGS.some((ending) => taken.has(stem + ending))) stem += '~';
  const [part = '', state = '', lock = '', mismatch = ''] = ENDINGS.map((ending) => stem + ending);
  return { part, state, lock, mismatch };
}

/** A file that is to come, and the part that an earlier run may have left. */
export interface Claim {
  /** Null where unknown. */
  readonly sizeBytes: number | null;
  readonly beside: Beside;
}

const BLOCK = 512;

/**
 * Checks the room for what is still missing: the sizes less the blocks that the parts have already, which for a part
 * with holes is less than its length. Where the file system does not report its free space, nothing is checked.
 * @throws CliError 'usage' with both numbers
 */
export async function requireRoom(claims: readonly Claim[]): Promise<void> {
  let needed = 0;
  for (const { sizeBytes, beside } of claims) {
    const blocks = (await statsAt(beside.part))?.blocks ?? 0;
    // A file system may count its own blocks of a file with it: the need is never below none.
    needed += Math.max(0, (sizeBytes ?? 0) - blocks * BLOCK);
  }
  const folder = await statfs(dirname(claims[0]?.beside.part ?? '.')).catch(() => null);
  // Network and virtual file systems report zero of everything.
  const free = folder === null || folder.blocks === 0 ? Infinity : folder.bavail * folder.bsize;
  if (free >= needed) return;
  throw usageError(
    `${formatSize(needed)} (${needed} bytes) are still to be downloaded, and the disk has room for ` +
      `${formatSize(free)} (${free} bytes): free some space, or choose another place with -o.`,
  );
}
