import { randomBytes, randomUUID } from 'node:crypto';
import { link, lstat, readlink, rename, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { hasCode } from '../../../domain/error-code.js';
import { DownloadError } from '../download-error.js';
import type { Clock } from '../request.js';
import { createOwn, openItself, type Fresh } from './own-file.js';
import { toTargetError } from './target-error.js';

/** How often the holder of a lock touches it, in milliseconds. */
const BEAT_MS = 2000;
/** A lock that does not change while it is watched for this many milliseconds is that of a dead process. */
const WATCH_MS = 30_000;
const LOOK_MS = 500;
/** Bytes read of a lock; one of ours is shorter. */
const LONGEST = 1024;

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string().max(255),
  /** The PID namespace: containers can share a host name. */
  namespace: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface Lock {
  /** What a file that was just created beside the download looks like. */
  readonly fresh: Fresh;
  /** Aborts when another process has taken over, since this one seemed dead. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called where a lock of an unknown process has to be watched. */
  readonly onWatch: (message: string) => void;
}

/** Locks of this process; an earlier process with the same PID may have left others. */
const held = new Set<string>();

/**
 * Locks a download, since two runs would overwrite each other's data. The lock is a file that its holder touches.
 * Clocks of machines differ, so a lock counts only if it changes while it is watched; one of a process of this
 * machine that has ended is replaced at once.
 * @throws DownloadError 'target' if another process holds it, or the reason of the signal
 */
export async function lock(path: string, options: LockOptions): Promise<Lock> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => null);
  const self: Holder = { pid: process.pid, host: hostname(), namespace };
  if (held.has(path)) throw heldError(path, self);
  held.add(path);
  // Two runs never write the same text.
  const text = JSON.stringify({ ...self, run: randomUUID() });
  try {
    for (;;) {
      const handle = await create(path, text);
      if (handle !== null) return await hold(path, handle, text, options.clock);
      await removeDead(path, self, options);
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
}

async function hold(path: string, handle: FileHandle, text: string, clock: Clock): Promise<Lock> {
  const lost = new AbortController();
  const ended = new AbortController();
  const beat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(BEAT_MS, ended.signal);
      const now = new Date();
      await handle.utimes(now, now).catch(() => undefined);
      const found = await look(path).catch(() => null);
      if (found !== null && found.text !== text) lost.abort(lostError(path));
    }
  };
  // It ends by the signal only.
  const beating = beat().catch(() => undefined);
  return {
    fresh: await handle.stat(),
    lost: lost.signal,
    release: async () => {
      ended.abort(new Error('the lock is released'));
      await beating;
      await handle.close();
      held.delete(path);
      if (!lost.signal.aborted) await rm(path, { force: true });
    },
  };
}

/** @returns null if the file exists */
async function create(path: string, text: string): Promise<FileHandle | null> {
  try {
    // Others may read who holds it.
    const handle = await createOwn(path, 0o644);
    await handle.writeFile(text).catch(async (error: unknown) => {
      // On a full disk, an empty lock would look like that of another process.
      await handle.close();
      await rm(path, { force: true });
      throw error;
    });
    return handle;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return null;
    throw toTargetError(error, path);
  }
}

/** Removes the lock of a dead process. @throws DownloadError if its holder is alive */
async function removeDead(path: string, self: Holder, options: LockOptions): Promise<void> {
  const { clock, signal, onWatch } = options;
  const first = await look(path);
  if (first === null) return;
  const holder = holderIn(first.text);
  if (!isKnownDead(holder, self)) {
    // Looks are counted, not time: none happens while this process is suspended.
    for (let looks = 1; looks * LOOK_MS <= WATCH_MS; looks += 1) {
      await clock.sleep(LOOK_MS, signal);
      if (looks * LOOK_MS === 2 * BEAT_MS) {
        const seconds = WATCH_MS / 1000;
        onWatch(`Watching for up to ${seconds} s whether another process still uses ${path}.`);
      }
      const now = await look(path);
      if (now === null) return;
      if (now.stamp !== first.stamp) throw heldError(path, holder);
    }
  }
  // Another process may have replaced the lock in the meantime: what was moved is checked.
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
    if ((await look(aside))?.text !== first.text) await link(aside, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EEXIST')) throw toTargetError(error, path);
  } finally {
    await rm(aside, { force: true });
  }
}

interface Found {
  /** Empty if it cannot be read. */
  readonly text: string;
  /** Differs after each touch. */
  readonly stamp: string;
}

/** @returns null where there is no lock */
async function look(path: string): Promise<Found | null> {
  try {
    const { mtimeMs, ino } = await lstat(path);
    const handle = await openItself(path, 'read').catch(() => null);
    const read = await handle?.read(Buffer.alloc(LONGEST), 0, LONGEST, 0).catch(() => null);
    await handle?.close();
    const text = read?.buffer.toString('utf8', 0, read.bytesRead) ?? '';
    return { text, stamp: `${mtimeMs} ${text === '' ? ino : text}` };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw toTargetError(error, path);
  }
}

function holderIn(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Only of a process of this machine and container is it known. */
function isKnownDead(holder: Holder | null, self: Holder): boolean {
  if (holder?.host !== self.host || holder.namespace !== self.namespace) return false;
  if (holder.pid === self.pid) return true;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
}

function heldError(path: string, holder: Holder | null): DownloadError {
  const place = holder === null || holder.host === hostname() ? '' : ` on ${holder.host}`;
  const who = holder === null ? 'Another process' : `Process ${holder.pid}${place}`;
  return new DownloadError(
    'target',
    `${who} is downloading the same file (${path}): wait for it, or choose another name with -o.`,
  );
}

function lostError(path: string): DownloadError {
  return new DownloadError(
    'target',
    `Another process took over this download while this one was suspended (${path}): wait for it, then run ` +
      'the same command again.',
  );
}
