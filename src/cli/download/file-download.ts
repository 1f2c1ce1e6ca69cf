import { lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lookAtExisting, type Existing } from './disk/existing.js';
import { hashWhileWriting } from './disk/hashed-part.js';
import { lock, type Lock } from './disk/lock.js';
import { openPartFile, type PartFile } from './disk/part-file.js';
import { placeWhole, setAside, takenError } from './disk/place-whole.js';
import { resume } from './disk/resume.js';
import { requireRoom } from './disk/room.js';
import { loadState, removeState } from './disk/state-file.js';
import type { Beside } from './disk/target.js';
import { DownloadError } from './download-error.js';
import type { FileSummary } from './events.js';
import { withTicks } from './progress-ticks.js';
import type { WantedFile } from './request.js';
import { fetchFile } from './transfer/fetch-file.js';
import { runTogether } from './transfer/run-together.js';
import { Source, type SourceOptions } from './transfer/source.js';

/** What is lost of a transfer that is killed. */
const SAVE_INTERVAL_MS = 2000;

/** One file on its way to a name on the disk. */
export interface FileJob {
  readonly wanted: WantedFile;
  readonly path: string;
  readonly beside: Beside;
  /** URL of the service, for the state. */
  readonly service: string;
  readonly restart: boolean;
  readonly overwrite: boolean;
  /** Connections that may be used. */
  readonly parallel: number;
}

/**
 * Downloads one file beside its name, checks it, and gives it the name.
 * @throws DownloadError, or the reason of the signal; what arrived by then is kept for the next run
 */
export async function downloadToFile(
  job: FileJob,
  options: SourceOptions,
  outer: AbortSignal,
): Promise<FileSummary> {
  const { name, emit } = options;
  const onChecked = (bytes: number, sizeBytes: number): void => {
    emit({ kind: 'checking', file: name, bytes, sizeBytes });
  };
  const existing = await lookAtExisting(job.path, { ...options, signal: outer, onChecked });
  if (existing.kind === 'same') {
    await removeLeftovers(job);
    return alreadyThere(name, job.path, existing);
  }
  if (existing.kind === 'other' && !job.overwrite) throw takenError(job.path);
  const say = (message: string): void => emit({ kind: 'notice', file: name, message });
  const held = await lock(job.beside.lock, {
    clock: options.clock,
    signal: outer,
    onWatch: say,
  });
  try {
    return await fetchLocked(job, options, held, AbortSignal.any([outer, held.lost]), say);
  } finally {
    await held.release();
  }
}

function alreadyThere(
  file: string,
  path: string,
  { sizeBytes, sha256 }: Extract<Existing, { kind: 'same' }>,
): FileSummary {
  const verified = sha256 !== null;
  const outcome = 'already-there';
  return { file, path, outcome, sizeBytes, runBytes: 0, ms: 0, sha256, verified };
}

/** What a run left that was killed just after it gave the file its name: a second name of it, and the state. */
async function removeLeftovers({ path, beside, wanted }: FileJob): Promise<void> {
  const [whole, part] = await Promise.all([
    lstat(path).catch(() => null),
    lstat(beside.part).catch(() => null),
  ]);
  if (whole === null || (part !== null && part.ino !== whole.ino)) return;
  const state = await loadState(beside.state, whole).catch(() => 'damaged' as const);
  if (typeof state === 'string' || state.backup !== wanted.backup) return;
  await rm(beside.part, { force: true }).catch(() => undefined);
  await removeState(beside.state).catch(() => undefined);
}

async function fetchLocked(
  job: FileJob,
  options: SourceOptions,
  { fresh }: Lock,
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<FileSummary> {
  const { wanted, path, beside, service, restart } = job;
  const { link, clock } = options;
  const { done, version, notice } = await resume(beside, { file: wanted, link, fresh, restart });
  if (notice !== null) say(notice);
  const source = new Source(options, version);
  await checkRoom(job, source, say);
  const target = await openPartFile({
    path: beside.part,
    statePath: beside.state,
    done,
    fresh,
    describe: () => ({ service, backup: wanted.backup, file: wanted.fileName, ...source.version }),
    onUnsynced: () =>
      say('This file system cannot flush to the disk: a power failure may cost the file.'),
  });
  // What an earlier run left is read again only if there is something to compare it with.
  const isHashed = source.sha256 !== null || done.total === 0;
  const hashed = isHashed ? hashWhileWriting(target) : null;
  const part = hashed?.part ?? target;
  try {
    const startedAt = clock.awake();
    await transfer(job, source, part, signal, say);
    const ms = clock.awake() - startedAt;
    const { total } = part.written;
    const onBytes = (bytes: number): void => {
      options.emit({ kind: 'checking', file: options.name, bytes, sizeBytes: total });
    };
    const sha256 = (await hashed?.digest({ signal, onBytes })) ?? null;
    await requireDigest(sha256, source, part, beside);
    const modified = new Date(source.version.lastModified ?? NaN);
    await placeWhole(part, path, {
      fresh,
      overwrite: job.overwrite,
      modified: Number.isNaN(modified.getTime()) ? null : modified,
    });
    await part.removeState();
    return {
      file: options.name,
      path,
      outcome: 'downloaded',
      sizeBytes: total,
      runBytes: source.lineBytes,
      ms,
      sha256,
      verified: source.sha256 !== null,
    };
  } catch (error) {
    await part.saveWhatIsThere(error);
    throw error;
  } finally {
    await hashed?.stop();
    await part.close();
  }
}

async function transfer(
  job: FileJob,
  source: Source,
  part: PartFile,
  outer: AbortSignal,
  say: (message: string) => void,
): Promise<void> {
  const { clock, emit, name: file } = source.options;
  const resumedBytes = part.written.total;
  const tick = (): void => {
    const { sizeBytes, lineBytes: runBytes } = source;
    emit({ kind: 'progress', file, bytes: part.written.total, sizeBytes, runBytes });
  };
  const onOpened = async (parallel: number): Promise<void> => {
    await checkRoom(job, source, say);
    const { path } = job;
    emit({ kind: 'file-started', file, path, sizeBytes: source.sizeBytes, resumedBytes, parallel });
  };
  await withTicks(clock, tick, () =>
    runTogether(outer, async (signal, start) => {
      const ended = new AbortController();
      // A state that cannot be written stops the transfer.
      start(saveRegularly(part, clock, AbortSignal.any([signal, ended.signal])));
      try {
        await fetchFile(source, part, { parallel: job.parallel, onOpened }, signal);
      } finally {
        ended.abort();
      }
    }),
  );
  await part.flush();
}

async function saveRegularly(
  part: PartFile,
  clock: SourceOptions['clock'],
  signal: AbortSignal,
): Promise<void> {
  let saved = part.written.total;
  await clock.sleep(SAVE_INTERVAL_MS, signal).catch(() => undefined);
  while (!signal.aborted) {
    const { total } = part.written;
    if (total !== saved) await part.save();
    saved = total;
    await clock.sleep(SAVE_INTERVAL_MS, signal).catch(() => undefined);
  }
}

/** Says once where the room is not known. */
async function checkRoom(
  { path, beside }: FileJob,
  { sizeBytes }: Source,
  say: (message: string) => void,
): Promise<void> {
  const message = await requireRoom(dirname(path), [{ sizeBytes, partPath: beside.part }]);
  if (message !== null) say(message);
}

/** @throws DownloadError 'verification'; what arrived is kept under another name and never resumed */
async function requireDigest(
  sha256: string | null,
  source: Source,
  part: PartFile,
  beside: Beside,
): Promise<void> {
  if (source.sha256 === null || source.sha256 === sha256) return;
  const aside = await setAside(beside.part, beside.mismatch);
  await part.removeState();
  throw new DownloadError(
    'verification',
    `The SHA-256 is ${sha256}, not ${source.sha256} as the service says: the file is kept as ${aside}; ` +
      'run the same command again to download it from the beginning.',
  );
}
