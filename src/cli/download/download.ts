import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createConnections } from './connections.js';
import { requireRoom } from './disk/room.js';
import { toDistinctNames } from './disk/safe-name.js';
import { besideOf, resolveTarget, type Beside, type Target } from './disk/target.js';
import { DownloadError } from './download-error.js';
import type { FileSummary, Totals } from './events.js';
import { downloadToFile, type FileJob } from './file-download.js';
import type {
  DownloadDependencies,
  DownloadRequest,
  DownloadSummary,
  IssuedLink,
  WantedFile,
} from './request.js';
import { downloadToStream } from './stream-download.js';
import { reasonOf } from './transfer/broken-line.js';
import { connectionsFor, DEFAULT_PARALLEL } from './transfer/fetch-file.js';
import { waitAfter } from './transfer/fetch-piece.js';
import { createLinks } from './transfer/links.js';
import { Source, type SourceOptions } from './transfer/source.js';
import { createThrottle, type Throttle } from './transfer/throttle.js';

/**
 * Downloads files of a backup: to names on the disk, several at a time, where each is resumed, checked and named once
 * it is whole; or one in order to standard output, a pipe or a device. Of several files one that fails does not keep
 * the others.
 * @returns what was done, in the order of the files
 * @throws DownloadError; of kind 'interrupted' once what came is safe
 */
export async function download(
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<DownloadSummary> {
  const { signal } = dependencies;
  try {
    const target = await resolveTarget(request.target, request.cwd);
    const [first, ...others] = request.files;
    if (first === undefined) throw new DownloadError('target', 'There is no file to download.');
    const run = createRun(request, dependencies);
    if (target.kind === 'file' || target.kind === 'folder') {
      if (target.kind === 'file' && others.length > 0) throw severalError(target, request);
      return { files: await downloadToDisk(target, run) };
    }
    if (others.length > 0) throw severalError(target, request);
    const { options } = await run.link(first, signal);
    const path = target.kind === 'device' ? target.path : null;
    const source = new Source(options);
    const summary = await downloadToStream(source, path, dependencies.writeOut, signal);
    dependencies.emit({ kind: 'file-done', ...summary });
    return { files: [summary] };
  } catch (error) {
    if (!signal.aborted || error instanceof DownloadError) throw error;
    const hint =
      request.target === '-'
        ? 'what was written is incomplete'
        : 'run the same command again to resume';
    throw new DownloadError('interrupted', `Stopped: ${hint}.`, { cause: error });
  }
}

interface Linked {
  readonly options: SourceOptions;
  readonly link: IssuedLink;
  /** From the service. */
  readonly name: string;
}

interface Run {
  readonly request: DownloadRequest;
  readonly dependencies: DownloadDependencies;
  /** Asks for the first link of a file, for as long as for bytes. */
  readonly link: (file: WantedFile, signal: AbortSignal) => Promise<Linked>;
}

function createRun(request: DownloadRequest, dependencies: DownloadDependencies): Run {
  const throttle = createThrottle(request.limitRate, dependencies.clock);
  return {
    request,
    dependencies,
    link: (file, signal) => firstLink(file, request, { ...dependencies, throttle }, signal),
  };
}

async function firstLink(
  file: WantedFile,
  { retries, timeoutMs }: DownloadRequest,
  dependencies: DownloadDependencies & { readonly throttle: Throttle },
  signal: AbortSignal,
): Promise<Linked> {
  if (!file.isAvailable) throw missingError(file);
  const name = file.fileName ?? file.fallbackName;
  const links = createLinks({ ...dependencies, file, name });
  const options = { ...dependencies, retries, timeoutMs, name, links };
  const startedAt = dependencies.clock.awake();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const link = await links.get(null, signal);
      const found = file.fileName ?? nameIn(link.url) ?? file.fallbackName;
      return { options: { ...options, link, name: found }, link, name: found };
    } catch (error) {
      signal.throwIfAborted();
      const failure = { reason: reasonOf(error), afterMs: null };
      await waitAfter(options, failure, attempt, startedAt, signal);
    }
  }
}

/** The last part of the path of a link; its query is the key to the data and is never shown. */
function nameIn(url: string): string | null {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || null;
  } catch {
    return last || null;
  }
}

interface Planned {
  readonly wanted: WantedFile;
  readonly path: string;
  readonly beside: Beside;
  /** Of a file that has its name from its link. */
  readonly linked: Linked | null;
}

async function downloadToDisk(target: Target & { path: string }, run: Run): Promise<FileSummary[]> {
  const { request, dependencies } = run;
  const { emit, signal, clock } = dependencies;
  const plan = await planOf(target, run);
  await requireRoomForAll(plan);
  if (plan.length > 1) emit({ kind: 'started', files: plan.length, sizeBytes: sizeOfAll(plan) });
  const connections = createConnections(request.parallel ?? DEFAULT_PARALLEL, signal);
  const startedAt = clock.awake();
  const outcomes = await Promise.allSettled(
    plan.map(async (planned) => {
      const { wanted, linked } = planned;
      const known = wanted.sizeBytes ?? linked?.link.sizeBytes ?? null;
      const parallel = wanted.isAvailable ? connectionsFor(known, request.parallel) : 1;
      const giveBack = await connections.take(parallel);
      try {
        const { options, link } = linked ?? (await run.link(wanted, signal));
        const most = Math.min(parallel, connectionsFor(link.sizeBytes ?? known, request.parallel));
        const job: FileJob = { ...request, ...planned, parallel: most };
        const summary = await downloadToFile(job, options, signal);
        emit({ kind: 'file-done', ...summary });
        return summary;
      } catch (error) {
        const isToSay = plan.length > 1 && error instanceof DownloadError && !signal.aborted;
        if (isToSay) emit({ kind: 'file-failed', file: nameOf(wanted), message: error.message });
        throw error;
      } finally {
        giveBack();
      }
    }),
  );
  signal.throwIfAborted();
  const done = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  if (plan.length > 1) {
    const ms = clock.awake() - startedAt;
    emit({ kind: 'summary', ...totalsOf(done), failed: failures.length, ms });
  }
  if (failures.length > 0) throw failureOfAll(failures, plan.length);
  return done;
}

async function planOf(target: Target & { path: string }, run: Run): Promise<Planned[]> {
  const { files } = run.request;
  const linked = new Map<WantedFile, Linked>();
  for (const file of files) {
    // The link names what the backup does not.
    if (file.fileName === null) linked.set(file, await run.link(file, run.dependencies.signal));
  }
  const names = toDistinctNames(files.map((file) => linked.get(file)?.name ?? nameOf(file)));
  const paths = names.map((name) =>
    target.kind === 'file' ? target.path : join(target.path, name),
  );
  const taken = new Set(paths);
  return files.map((wanted, i) => {
    const path = paths[i] ?? target.path;
    return { wanted, path, beside: besideOf(path, taken), linked: linked.get(wanted) ?? null };
  });
}

function nameOf({ fileName, fallbackName }: WantedFile): string {
  return fileName ?? fallbackName;
}

function sizeOfAll(plan: readonly Planned[]): number {
  return plan.reduce(
    (sum, { wanted }) => sum + (wanted.isAvailable ? (wanted.sizeBytes ?? 0) : 0),
    0,
  );
}

function totalsOf(done: readonly FileSummary[]): Omit<Totals, 'failed' | 'ms'> {
  const verified = done.filter((file) => file.verified).length;
  return {
    files: done.length,
    sizeBytes: done.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    verified,
    withoutChecksum: done.length - verified,
    runBytes: done.reduce((sum, { runBytes }) => sum + runBytes, 0),
  };
}

/** Each was named when it failed. @returns the failure of the first */
function failureOfAll(failures: readonly unknown[], count: number): unknown {
  const [first] = failures;
  const isOther = (error: unknown): boolean => !(error instanceof DownloadError);
  if (count === 1 || !(first instanceof DownloadError)) return first;
  return (
    failures.find(isOther) ??
    new DownloadError(
      first.kind,
      `${failures.length} of ${count} files failed, as said above: run the same command again for them.`,
      { cause: first },
    )
  );
}

/** Files that have their name already need no room: whether they are the right ones is seen later. */
async function requireRoomForAll(plan: readonly Planned[]): Promise<void> {
  const claims = await Promise.all(
    plan.map(async ({ wanted, path, beside, linked }) => {
      const sizeBytes = wanted.sizeBytes ?? linked?.link.sizeBytes ?? null;
      const existing = await stat(path).catch(() => null);
      const isNeeded = wanted.isAvailable && existing?.size !== sizeBytes;
      return { sizeBytes: isNeeded ? sizeBytes : null, partPath: beside.part };
    }),
  );
  // Where the room is not known, each file says so.
  await requireRoom(dirname(plan[0]?.path ?? ''), claims);
}

function missingError(file: WantedFile): DownloadError {
  return new DownloadError(
    'unavailable',
    `The store does not have ${nameOf(file)}, which belongs to the backup: ask who keeps the store.`,
  );
}

function severalError({ kind }: Target, { files }: DownloadRequest): DownloadError {
  const what = kind === 'stdout' ? 'Standard output takes' : 'The target takes';
  return new DownloadError(
    'target',
    `${what} one file, and there are ${files.length}: choose one with --file, or a folder with -o.`,
  );
}
