import { link, open, readFile, readlink, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { hasCode } from '../../../domain/error-code.js';
import { DownloadError } from '../download-error.js';
import { toTargetError } from './target-error.js';

/** How often the holder of a lock refreshes it, in milliseconds. */
const BEAT_MS = 5000;
/** After this many milliseconds without a refresh, a holder that cannot be checked counts as dead. */
const DEAD_MS = 30_000;

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** The PID namespace: containers can share a host name. */
  namespace: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

/** Locks of this process; an earlier process with the same PID may have left others. */
const held = new Set<string>();

/**
 * Locks a download, since two runs would overwrite each other's data. The lock is a file that names its holder;
 * one left by a killed process is replaced.
 * @returns a function that releases the lock
 * @throws DownloadError 'target' if another process holds it
 */
export async function lock(path: string): Promise<() => Promise<void>> {
  const self = await thisProcess();
  if (held.has(path)) throw heldError(path, self);
  held.add(path);
  try {
    while (!(await create(path, self))) await takeAway(path, self);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  return async () => {
    clearInterval(beat);
    held.delete(path);
    await rm(path, { force: true });
  };
}

async function thisProcess(): Promise<Holder> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => null);
  return { pid: process.pid, host: hostname(), namespace };
}

/** @returns false if the file exists */
async function create(path: string, self: Holder): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o644);
    try {
      await handle.writeFile(JSON.stringify(self));
    } catch (error) {
      // On a full disk, an empty lock would look like that of another process.
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw toTargetError(error, path);
  }
}

/** Removes the lock of a dead process. @throws DownloadError if its holder is alive */
async function takeAway(path: string, self: Holder): Promise<void> {
  const found = await look(path);
  if (found === null) return;
  if (isHeld(found, self)) throw heldError(path, found.holder);
  // Another process may have replaced the lock in the meantime: check what was moved.
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved !== found.text) await link(aside, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EEXIST')) throw toTargetError(error, path);
  } finally {
    await rm(aside, { force: true });
  }
}

interface Found {
  readonly text: string;
  /** Null if unreadable. */
  readonly holder: Holder | null;
  readonly ageMs: number;
}

async function look(path: string): Promise<Found | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, holder: parse(text), ageMs: Date.now() - mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw toTargetError(error, path);
  }
}

function parse(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function isHeld({ holder, ageMs }: Found, self: Holder): boolean {
  if (holder?.host === self.host && holder.namespace === self.namespace) {
    if (holder.pid === self.pid || !isAlive(holder.pid)) return false;
  }
  // On another machine or in another container, or a new process with the PID of a dead one.
  return ageMs < DEAD_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function heldError(path: string, holder: Holder | null): DownloadError {
  const place = holder === null || holder.host === hostname() ? '' : ` on ${holder.host}`;
  const who = holder === null ? 'Another process' : `Process ${holder.pid}${place}`;
  const seconds = DEAD_MS / 1000;
  return new DownloadError(
    'target',
    `${who} is downloading the same file (${path}): wait for it, or choose another name with -o; ` +
      `if it was killed, run the command again in ${seconds} s.`,
  );
}
