import { randomBytes, randomUUID } from 'node:crypto';
import { link, lstat, rename, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../../domain/error-code.js';
import { usageError } from '../cli-error.js';
import { toTargetError } from './failures.js';
import { createOwn, openItself, type Fresh } from './own-file.js';
import type { Run } from './request.js';
import { repeat } from './tasks.js';

/** How often the holder of a lock touches it, in milliseconds. */
const BEAT_MS = 2000;
/** A lock that does not change while it is watched for this many milliseconds is that of a dead process. */
const WATCH_MS = 10_000;
const LOOK_MS = 500;
/** Bytes read of a lock; one of ours is shorter. */
const LONGEST = 1024;

export interface Lock {
  /** What a file that was just created beside the download looks like. */
  readonly fresh: Fresh;
  /** Aborts when another process has taken over, since this one seemed dead. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

/**
 * Locks a download, since two runs would overwrite each other's data. The lock is a file that its holder touches.
 * Clocks and process numbers of machines and containers differ, so a lock counts only if it changes while it is watched.
 * @param say called where a lock has to be watched
 * @throws CliError 'usage' if another process holds it, or the reason of the signal
 */
export async function lock(
  path: string,
  { clock, signal }: Run,
  say: (message: string) => void,
): Promise<Lock> {
  // Two runs never write the same text.
  const text = JSON.stringify({ pid: process.pid, host: hostname(), run: randomUUID() });
  for (;;) {
    const handle = await create(path, text);
    if (handle !== null) return hold(path, handle, text, clock);
    await removeDead(path, clock, signal, say);
  }
}

async function hold(
  path: string,
  handle: FileHandle,
  text: string,
  clock: Run['clock'],
): Promise<Lock> {
  const lost = new AbortController();
  const ended = new AbortController();
  const beat = async (): Promise<void> => {
    const now = new Date();
    await handle.utimes(now, now).catch(() => undefined);
    const found = await look(path).catch(() => null);
    if (found !== null && found.text !== text) lost.abort(lostError(path));
  };
  const beating = repeat(clock, BEAT_MS, beat, ended.signal);
  return {
    fresh: await handle.stat(),
    lost: lost.signal,
    release: async () => {
      ended.abort();
      await beating;
      await handle.close();
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

/** Removes the lock of a dead process. @throws CliError if its holder is alive */
async function removeDead(
  path: string,
  clock: Run['clock'],
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<void> {
  const first = await look(path);
  if (first === null) return;
  // Looks are counted, not time: none happens while this process is suspended.
  for (let looks = 1; looks * LOOK_MS <= WATCH_MS; looks += 1) {
    await clock.sleep(LOOK_MS, signal);
    if (looks * LOOK_MS === 2 * BEAT_MS) {
      const seconds = WATCH_MS / 1000;
      say(`Watching for up to ${seconds} s whether another process still uses ${path}.`);
    }
    const now = await look(path);
    if (now === null) return;
    if (now.stamp !== first.stamp) throw heldError(path, now.text);
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

/** @returns its text, empty if it cannot be read, and a stamp that differs after each touch; null for no lock */
async function look(path: string): Promise<{ text: string; stamp: string } | null> {
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

function heldError(path: string, text: string): Error {
  const [, pid] = /"pid":(\d{1,10})\b/.exec(text) ?? [];
  const [, host = hostname()] = /"host":"([^"]{1,255})"/.exec(text) ?? [];
  const place = host === hostname() ? '' : ` on ${host}`;
  const who = pid === undefined ? 'Another process' : `Process ${pid}${place}`;
  return usageError(
    `${who} is downloading the same file (${path}): wait for it, or choose another name with -o.`,
  );
}

function lostError(path: string): Error {
  return usageError(
    `Another process took over this download while this one was suspended (${path}): wait for it, then run ` +
      'the same command again.',
  );
}
