import { dirname } from 'node:path';
import type { Fresh } from '../disk/own-file.js';
import { lock } from '../disk/lock.js';
import { openPartFile, type PartFile } from '../disk/part-file.js';
import { placeWhole, setAside, takenError } from '../disk/place-whole.js';
import { requireRoom } from '../disk/room.js';
import { removeState } from '../disk/state-file.js';
import type { Beside } from '../disk/target.js';
import { DownloadError } from '../download-error.js';
import type { FileSummary } from '../events.js';
import type { DownloadDependencies, DownloadRequest, IssuedLink, WantedFile } from '../request.js';
import { FileFacts } from '../transfer/file-facts.js';
import { transferToFile } from '../transfer/file-transfer.js';
import type { LinkHolder } from '../transfer/link-holder.js';
import { runTogether } from '../transfer/run-together.js';
import { lookAtExisting } from './already-there.js';
import { createCheckpoints, type Checkpoints } from './checkpoints.js';
import { hashWhileWriting } from './hashed-part.js';
import { withTicks } from './progress-ticks.js';
import { resume } from './resume.js';
import { STALL_MS } from './stall-time.js';

/** One file on its way to a name on the disk. */
export interface FileJob {
  readonly wanted: WantedFile;
  readonly name: string;
  readonly path: string;
  readonly beside: Beside;
  readonly links: LinkHolder;
  readonly link: IssuedLink;
}

/**
 * Downloads one file beside its name, checks it, and gives it the name.
 * @throws DownloadError, or the reason of the signal; what arrived by then is kept for the next run
 */
export async function downloadToFile(
  job: FileJob,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<FileSummary> {
  const { name, path, beside, link } = job;
  const onChecked = (bytes: number, sizeBytes: number): void => {
    dependencies.emit({ kind: 'checking', file: name, bytes, sizeBytes });
  };
  const existing = await lookAtExisting(path, { ...dependencies, link, onChecked });
  if (existing.kind === 'same') {
    const { sizeBytes, sha256 } = existing;
    const verified = sha256 !== null;
    const outcome = 'already-there';
    return { file: name, path, outcome, sizeBytes, runBytes: 0, ms: 0, sha256, verified };
  }
  if (existing.kind === 'other' && !request.overwrite) throw takenError(path);
  const onWatch = (message: string): void => {
    dependencies.emit({ kind: 'notice', file: name, message });
  };
  const held = await lock(beside.lock, { ...dependencies, onWatch });
  const signal = AbortSignal.any([dependencies.signal, held.lost]);
  try {
    const stoppable = { ...dependencies, signal };
    return await fetchToFile(job, request, stoppable, onChecked, held.fresh);
  } finally {
    await held.release();
  }
}

async function fetchToFile(
  job: FileJob,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
  onChecked: (bytes: number, sizeBytes: number) => void,
  fresh: Fresh,
): Promise<FileSummary> {
  const { wanted, name, path, beside, link } = job;
  const { clock, emit, signal } = dependencies;
  const { service, restart } = request;
  const { done, version, notice } = await resume(beside, {
    service,
    file: wanted,
    link,
    restart,
    fresh,
  });
  if (notice !== null) emit({ kind: 'notice', file: name, message: notice });
  await checkRoom(job, version.sizeBytes, emit);
  const file = new FileFacts(version, link.sha256);
  const target = await openPartFile(beside.part, done, fresh);
  const { part, digest, stop } = hashWhileWriting(target);
  const startedAt = clock.now();
  let ms: number;
  let sha256: string;
  try {
    const checkpoints = createCheckpoints({
      statePath: beside.state,
      service,
      wanted,
      file,
      part,
      clock,
    });
    await transfer(job, request, dependencies, { file, part, checkpoints });
    ms = clock.now() - startedAt;
    const { total } = part.written;
    sha256 = await digest({ signal, onBytes: (bytes) => onChecked(bytes, total) });
    await requireDigest(sha256, job);
    const modified = new Date(file.version.lastModified ?? NaN);
    await placeWhole(part, path, {
      fresh,
      overwrite: request.overwrite,
      modified: Number.isNaN(modified.getTime()) ? null : modified,
    });
  } finally {
    await stop();
    await part.close();
  }
  await removeState(beside.state);
  const verified = link.sha256 !== null;
  const runBytes = file.lineBytes;
  const sizeBytes = part.written.total;
  return { file: name, path, outcome: 'downloaded', sizeBytes, runBytes, ms, sha256, verified };
}

interface Parts {
  readonly file: FileFacts;
  readonly part: PartFile;
  readonly checkpoints: Checkpoints;
}

async function transfer(
  { name, path, links }: FileJob,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
  { file, part, checkpoints }: Parts,
): Promise<void> {
  const { clock, emit } = dependencies;
  const resumedBytes = part.written.total;
  const tick = (): void => {
    const bytes = part.written.total;
    emit({
      kind: 'progress',
      file: name,
      bytes,
      sizeBytes: file.sizeBytes,
      runBytes: file.lineBytes,
    });
  };
  const onOpened = async (parallel: number): Promise<void> => {
    const { sizeBytes } = file;
    await checkRoom({ name, path, beside: { part: part.path } }, sizeBytes, emit);
    emit({ kind: 'file-started', file: name, path, sizeBytes, resumedBytes, parallel });
  };
  try {
    await withTicks(clock, tick, () =>
      runTogether(dependencies.signal, async (signal, start) => {
        const ended = new AbortController();
        // A state that cannot be written stops the transfer.
        start(checkpoints.run(AbortSignal.any([signal, ended.signal])));
        const { retries, timeoutMs, parallel } = request;
        const stallMs = Math.min(STALL_MS, timeoutMs);
        const { save } = checkpoints;
        const limits = { retries, timeoutMs, parallel, stallMs };
        try {
          await transferToFile({
            ...dependencies,
            ...limits,
            ...{ name, links, file, part, save, signal, onOpened },
          });
        } finally {
          ended.abort();
        }
      }),
    );
    await checkpoints.save();
  } catch (error) {
    await checkpoints.saveWhatIsThere(error);
    throw error;
  }
}

/** Says once where the room is not known. */
async function checkRoom(
  { name, path, beside }: { name: string; path: string; beside: Pick<Beside, 'part'> },
  sizeBytes: number | null,
  emit: DownloadDependencies['emit'],
): Promise<void> {
  const message = await requireRoom(dirname(path), [{ sizeBytes, partPath: beside.part }]);
  if (message !== null) emit({ kind: 'notice', file: name, message });
}

/** @throws DownloadError 'verification'; what arrived is kept under another name and never resumed */
async function requireDigest(sha256: string, { link, beside }: FileJob): Promise<void> {
  if (link.sha256 === null || link.sha256.toLowerCase() === sha256) return;
  const aside = await setAside(beside.part, beside.mismatch);
  await removeState(beside.state);
  throw new DownloadError(
    'verification',
    `The SHA-256 is ${sha256}, not ${link.sha256} as the service says: the file is kept as ${aside}; ` +
      'run the same command again to download it from the beginning.',
  );
}
