import { rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { CliError, EXIT, usageError } from '../cli-error.js';
import type { FileSummary, Totals } from './events.js';
import { connectionsFor, DEFAULT_PARALLEL, openSource } from './fetch.js';
import { downloadToFile, downloadToStream } from './one-file.js';
import type { DownloadDependencies, DownloadRequest, Run } from './request.js';
import { toDistinctNames } from './safe-name.js';
import { Source } from './source.js';
import { besideOf, requireRoom, resolveTarget, type Beside, type Target } from './target.js';
import { createThrottle, holding } from './tasks.js';

/**
 * Downloads files of a backup: to names on the disk, several at a time, where each is resumed, checked and named once
 * it is whole; or one in order to standard output, a pipe or a device. Of several files one that fails does not keep
 * the others.
 * @returns what was done, in the order of the files
 * @throws CliError; 'interrupted' once what came is safe
 */
export async function download(
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<FileSummary[]> {
  const { signal, clock, emit } = dependencies;
  const throttle = createThrottle(request.limitRate, clock);
  const run: Run = { ...request, ...dependencies, throttle };
  try {
    const target = await resolveTarget(request.target, request.cwd);
    const [file, ...others] = request.files;
    if (target.kind !== 'folder' && others.length > 0) throw severalError(target, request);
    if (target.kind !== 'stream' || file === undefined) return await toDisk(target, run);
    const source = new Source(run, file);
    await openAvailable(source);
    const summary = await downloadToStream(source, target.path);
    emit({ kind: 'file-done', ...summary });
    return [summary];
  } catch (error) {
    if (!signal.aborted || error instanceof CliError) throw error;
    const hint =
      request.target === '-'
        ? 'what was written is incomplete'
        : 'run the same command again to resume';
    throw new CliError(EXIT.interrupted, `Stopped: ${hint}.`, { cause: error });
  }
}

interface Planned {
  readonly source: Source;
  readonly path: string;
  readonly beside: Beside;
  /** From the listing first, then from the link; null where unknown. */
  readonly sizeBytes: number | null;
}

async function toDisk(target: Target, run: Run): Promise<FileSummary[]> {
  try {
    return await toNames(target, run);
  } catch (error) {
    // Only an empty folder can be removed.
    if (target.kind === 'folder' && target.isNew) await rmdir(target.path).catch(() => undefined);
    throw error;
  }
}

async function toNames(target: Target, run: Run): Promise<FileSummary[]> {
  const { emit, signal, clock } = run;
  const plan = await planOf(target, run);
  const total = plan.reduce((sum, planned) => sum + (expectedOf(planned) ?? 0), 0);
  if (plan.length > 1) emit({ kind: 'started', files: plan.length, sizeBytes: total });
  const connections = pLimit(run.parallel ?? DEFAULT_PARALLEL);
  const startedAt = clock.awake();
  const failures: unknown[] = [];
  const one = async (planned: Planned): Promise<FileSummary | null> => {
    const { source, sizeBytes } = planned;
    const places = source.wanted.isAvailable ? connectionsFor(sizeBytes, run.parallel) : 1;
    return holding(connections, places, async () => {
      signal.throwIfAborted();
      await openAvailable(source);
      const most = connectionsFor(source.sizeBytes ?? sizeBytes, run.parallel);
      const parallel = Math.min(places, most);
      const summary = await downloadToFile(source, { ...planned, parallel });
      emit({ kind: 'file-done', ...summary });
      return summary;
    }).catch((error: unknown) => {
      failures.push(error);
      const isToSay = plan.length > 1 && error instanceof CliError && !signal.aborted;
      if (isToSay) emit({ kind: 'file-failed', file: source.name, message: error.message });
      return null;
    });
  };
  const done = (await Promise.all(plan.map(one))).filter((summary) => summary !== null);
  signal.throwIfAborted();
  if (plan.length > 1) {
    const ms = clock.awake() - startedAt;
    emit({ kind: 'summary', ...totalsOf(done), failed: failures.length, ms });
  }
  if (failures.length > 0) throw failureOfAll(failures, plan.length);
  return done;
}

async function planOf(target: Target, run: Run): Promise<Planned[]> {
  const sources = run.files.map((file) => new Source(run, file));
  // The link names what the backup does not.
  for (const source of sources) if (source.wanted.fileName === null) await openAvailable(source);
  const folder = target.path ?? run.cwd;
  const names = toDistinctNames(sources.map(({ name }) => name));
  const paths = names.map((name) => (target.kind === 'file' ? folder : join(folder, name)));
  const taken = new Set(paths);
  const plan = sources.map((source, i) => {
    const path = paths[i] ?? folder;
    const sizeBytes = source.wanted.sizeBytes ?? source.sizeBytes;
    return { source, path, beside: besideOf(path, taken), sizeBytes };
  });
  // Files that have their name already need no room: whether they are the right ones is seen later.
  const sizes = await Promise.all(plan.map(({ path }) => stat(path).catch(() => null)));
  await requireRoom(
    plan.map((planned, i) => {
      const sizeBytes = expectedOf(planned);
      return { ...planned, sizeBytes: sizes[i]?.size === sizeBytes ? null : sizeBytes };
    }),
  );
  return plan;
}

/** @throws CliError where the store does not have it, or there is no link; or the reason of the signal */
async function openAvailable(source: Source): Promise<void> {
  if (source.wanted.isAvailable) return openSource(source, source.run.signal);
  throw new CliError(
    EXIT.notFound,
    `The store does not have ${source.name}, which is part of the backup: ask the operator of the store.`,
  );
}

function expectedOf({ source, sizeBytes }: Planned): number | null {
  return source.wanted.isAvailable ? sizeBytes : null;
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
  const isOther = (error: unknown): boolean => !(error instanceof CliError);
  if (count === 1 || !(first instanceof CliError)) return first;
  return (
    failures.find(isOther) ??
    new CliError(
      first.exitCode,
      `${failures.length} of ${count} files failed, see above: run the same command again to retry them.`,
      { cause: first },
    )
  );
}

function severalError({ path }: Target, { files }: DownloadRequest): Error {
  const what = path === null ? 'Standard output takes' : 'The target takes';
  return usageError(
    `${what} one file, and there are ${files.length}: choose one with --file, or a folder with -o; end a new one with a slash.`,
  );
}
