import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT, usageError } from '../cli-error.js';
import { Intervals } from './intervals.js';
import { createOwn, openOwn, statsAt, type Fresh } from './own-file.js';
import type { Source } from './source.js';
import type { Beside } from './target.js';

/** Bytes; states are a few hundred long. */
const LONGEST = 1024 * 1024;
/** What tells the names that a state is written under first; nobody can guess one. */
const ASIDE = /^\.[0-9a-f]{16}$/;

const count = z.number().int().nonnegative();

const savedSchema = z.object({
  /** What a later form says could be misread. */
  format: z.literal('backups-get/1'),
  state: z.object({
    /** URL of the service. */
    service: z.string(),
    backup: z.string(),
    file: z.string().nullable(),
    sizeBytes: count.nullable(),
    etag: z.string().nullable(),
    lastModified: z.string().nullable(),
    isStrong: z.boolean(),
    /** Bytes that are on the disk: first, and the one after the last. */
    done: z.array(z.tuple([count, count])),
  }),
});

/** What of a file is on the disk, and which version of which file it is. Holds no link and no token. */
type State = z.infer<typeof savedSchema>['state'];

/**
 * Replaces the state as a whole: written aside, brought to the disk, then renamed over the old one. After a
 * power cut there is the one or the other.
 * @param sync brings a file to the disk
 */
export async function saveState(
  path: string,
  { run, wanted, version }: Source,
  written: Intervals,
  sync: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const done = written.toArray().map(({ start, end }): [number, number] => [start, end]);
  const { backup, fileName: file } = wanted;
  const state: State = { service: run.service, backup, file, ...version, done };
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await createOwn(aside);
  try {
    await handle.writeFile(`${JSON.stringify({ format: 'backups-get/1', state })}\n`);
    await sync(handle);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(aside, path);
}

/** Removes the state, and what killed runs left of it. */
export async function removeState(path: string): Promise<void> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const isLeftover = (other: string): boolean =>
    other.startsWith(name) && ASIDE.test(other.slice(name.length));
  const leftovers = names.filter(isLeftover).map((other) => join(dirname(path), other));
  for (const left of [...leftovers, path]) await rm(left, { force: true });
}

/** What a run left that was killed just after it gave the file its name: a second name of it, and the state. */
export async function removeLeftovers(
  { wanted }: Source,
  path: string,
  beside: Beside,
): Promise<void> {
  const [whole, part] = [await statsAt(path), await statsAt(beside.part)];
  if (whole === null || (part !== null && part.ino !== whole.ino)) return;
  const state = await loadState(beside.state, whole).catch(() => null);
  if (typeof state !== 'object' || state?.backup !== wanted.backup) return;
  await rm(beside.part, { force: true });
  await removeState(beside.state);
}

/**
 * Looks at the part and the state of an earlier run, and takes over what can be resumed. Only what the state names is
 * certain: it names bytes that are on the disk. What does not fit is discarded only on request, and what no state
 * describes is not touched: it may be a file of that name.
 * @returns the bytes that are there
 * @throws CliError 'usage' where it does not fit; 'verification' where the file has changed
 */
export async function resume(
  source: Source,
  { part, state: path }: Beside,
  fresh: Fresh,
  say: (message: string) => void,
): Promise<Intervals> {
  const { restart } = source.run;
  const found = await statsAt(part);
  if (found?.isDirectory() === true) {
    throw usageError(`${part} is a folder: choose another name with -o.`);
  }
  // Whose it is does not matter where it is discarded unread.
  const state = !restart
    ? await loadState(path, fresh)
    : (await statsAt(path)) === null
      ? 'none'
      : 'damaged';
  if (found !== null && found.size > 0 && state === 'none') {
    throw usageError(
      `${part} exists, and no ${path} says that it is part of a download: move it away, or choose another name with -o.`,
    );
  }
  if (restart) {
    await rm(part, { force: true });
    await removeState(path);
    return new Intervals();
  }
  if (state === 'none') return new Intervals();
  if (state === 'damaged') {
    throw usageError(
      `${path}, which describes ${part}, cannot be read: discard it with --restart, or choose another name with -o.`,
    );
  }
  const done = new Intervals(state.done.map(([start, end]) => ({ start, end })));
  const from = (notice: string | null): Intervals => {
    if (notice !== null && done.total > 0) say(notice);
    return new Intervals();
  };
  if (found === null) return from('The part of an earlier run is missing: starting over.');
  requireFit(state, part, source);
  const isWhole = done.total === (state.sizeBytes ?? source.sizeBytes);
  if (!state.isStrong && source.sha256 === null && !isWhole) {
    return from('The store gives the file no version: starting over.');
  }
  source.restore(state);
  if (done.end > found.size) {
    done.cutAt(found.size);
    say('The part is shorter than it was: resuming with what is left.');
  }
  return done;
}

/** The address of the service may be another: that the bytes are the same is for their version to prove. */
function requireFit(state: State, part: string, { wanted, sizeBytes }: Source): void {
  const isOther =
    state.backup !== wanted.backup ? 'backup' : state.file !== wanted.fileName && 'file';
  if (isOther !== false) {
    throw usageError(
      `${part} belongs to another ${isOther}: choose another name with -o, or discard it with --restart.`,
    );
  }
  if (state.sizeBytes === null || sizeBytes === null || state.sizeBytes === sizeBytes) return;
  throw new CliError(
    EXIT.verification,
    `${part} was started when the file had ${state.sizeBytes} bytes; it has ${sizeBytes} now: ` +
      'discard it with --restart.',
  );
}

/**
 * @returns `none` where there is no file, `damaged` where it cannot be trusted
 * @throws CliError 'usage' for a file that is not this user's alone
 */
async function loadState(path: string, fresh: Fresh): Promise<State | 'none' | 'damaged'> {
  const handle = await openOwn(path, 'read', fresh);
  if (handle === null) return 'none';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST), 0, LONGEST, 0);
    const { state } = savedSchema.parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
    const isInOrder = state.done.every(([start, end], i) => {
      const before = state.done[i - 1]?.[1] ?? 0;
      return start >= before && end > start && end <= (state.sizeBytes ?? end);
    });
    return isInOrder ? state : 'damaged';
  } catch {
    return 'damaged';
  } finally {
    await handle.close();
  }
}
