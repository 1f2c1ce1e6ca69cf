import { lstat, mkdir, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DownloadError } from '../download-error.js';
import { LONGEST_NAME, shorten } from './safe-name.js';
import { hasCode } from '../../../domain/error-code.js';
import { toTargetError } from './target-error.js';

/** Where files go. */
export type Target =
  /** Standard output, or a device or pipe: bytes in order, nothing beside it, never renamed over. */
  | { readonly kind: 'stdout' }
  | { readonly kind: 'device'; readonly path: string }
  /** One file by the name the person gave. */
  | { readonly kind: 'file'; readonly path: string }
  /** Files by the names the service gives. */
  | { readonly kind: 'folder'; readonly path: string };

const MOST_LINKS = 40;

/**
 * Finds out what `-o` names. Links are followed, so that they stay and what they lead to is written. A
 * folder that is missing is made where its name ends in a separator, but not the ones above it.
 * @throws DownloadError 'target'
 */
export async function resolveTarget(given: string | null, cwd: string): Promise<Target> {
  if (given === '-') return { kind: 'stdout' };
  if (given === null) return { kind: 'folder', path: cwd };
  if (given === '') throw new DownloadError('target', '-o is empty: name a file, a folder or -.');
  const path = resolve(cwd, given);
  const namesFolder = /[/\\]$/.test(given.replace(sep, '/')) || given.endsWith(sep);
  const stats = await statOf(path);
  if (stats === null) {
    if (!namesFolder) return { kind: 'file', path: await endOfLinks(path) };
    await mkdir(path).catch((error: unknown) => {
      throw toTargetError(error, path);
    });
    return { kind: 'folder', path };
  }
  if (stats.isDirectory()) return { kind: 'folder', path };
  if (namesFolder) throw new DownloadError('target', `${path} is not a folder: check -o.`);
  if (stats.isFile()) return { kind: 'file', path: await endOfLinks(path) };
  if (stats.isSocket()) {
    throw new DownloadError('target', `${path} is a socket, which cannot be written: check -o.`);
  }
  return { kind: 'device', path };
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
export function besideOf(path: string, taken: ReadonlySet<string> = new Set()): Beside {
  const folder = dirname(path);
  const longest = LONGEST_NAME - Buffer.byteLength('~.part.json.0123456789abcdef');
  let name = shorten(basename(path), longest);
  while (ENDINGS.some((ending) => taken.has(join(folder, name + ending)))) name += '~';
  return {
    part: join(folder, `${name}.part`),
    state: join(folder, `${name}.part.json`),
    lock: join(folder, `${name}.part.lock`),
    mismatch: join(folder, `${name}.mismatch`),
  };
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw toTargetError(error, path);
  }
}

/** Where links lead to, also where nothing is there yet. */
async function endOfLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const stats = await lstat(at).catch(() => null);
    if (stats?.isSymbolicLink() !== true) return at;
    // As the kernel does in folders like /tmp: somebody else's link could lead to any file of this user.
    if (![0, process.geteuid?.() ?? stats.uid].includes(stats.uid)) {
      throw new DownloadError('target', `${at} is a link of another user: check -o.`);
    }
    at = resolve(dirname(at), await readlink(at));
  }
  throw new DownloadError('target', `${path} is a symbolic link loop: check -o.`);
}
