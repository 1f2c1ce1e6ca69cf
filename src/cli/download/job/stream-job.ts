import { open } from 'node:fs/promises';
import { toTargetError } from '../disk/target-error.js';
import { DownloadError } from '../download-error.js';
import type { FileSummary } from '../events.js';
import type { DownloadDependencies, DownloadRequest, IssuedLink } from '../request.js';
import { FileFacts } from '../transfer/file-facts.js';
import type { LinkHolder } from '../transfer/link-holder.js';
import { transferToStream } from '../transfer/stream-transfer.js';
import { withTicks } from './progress-ticks.js';
import { STALL_MS } from './stall-time.js';

export interface StreamJob {
  readonly name: string;
  /** Device or pipe; null for standard output. */
  readonly path: string | null;
  readonly links: LinkHolder;
  readonly link: IssuedLink;
}

/**
 * Writes one file in order to standard output, a pipe or a device. What a reader was given cannot be taken
 * back: only the failure tells it that the check failed.
 * @throws DownloadError, or the reason of the signal
 */
export async function downloadToStream(
  job: StreamJob,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<FileSummary> {
  const { path } = job;
  if (path === null) return streamTo(dependencies.stdoutFd, job, request, dependencies);
  // A pipe waits for its reader; it is not made, nor cut to nothing.
  const handle = await open(path, 'r+').catch((error: unknown) => {
    throw toTargetError(error, path);
  });
  try {
    return await streamTo(handle.fd, job, request, dependencies);
  } finally {
    await handle.close();
  }
}

async function streamTo(
  fd: number,
  { name, path, links, link }: StreamJob,
  { retries, timeoutMs }: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<FileSummary> {
  const { clock, emit } = dependencies;
  const version = { sizeBytes: link.sizeBytes, etag: null, lastModified: null, isStrong: false };
  const file = new FileFacts(version, link.sha256);
  const startedAt = clock.now();
  let bytes = 0;
  let isOpened = false;
  const onOpened = (): void => {
    if (isOpened) return;
    isOpened = true;
    const { sizeBytes } = file;
    emit({ kind: 'file-started', file: name, path, sizeBytes, resumedBytes: 0, parallel: 1 });
  };
  const tick = (): void => {
    const { sizeBytes, lineBytes: runBytes } = file;
    emit({ kind: 'progress', file: name, bytes, sizeBytes, runBytes });
  };
  const sha256 = await withTicks(clock, tick, () =>
    transferToStream({
      ...dependencies,
      ...{ name, links, file, fd, retries, timeoutMs, onOpened },
      stallMs: Math.min(STALL_MS, timeoutMs),
      targetName: path ?? 'standard output',
      onWritten: (count) => {
        bytes = count;
      },
    }),
  );
  if (link.sha256 !== null && link.sha256.toLowerCase() !== sha256) {
    throw new DownloadError(
      'verification',
      `The SHA-256 is ${sha256}, not ${link.sha256} as the service says: do not use what was written.`,
    );
  }
  const ms = clock.now() - startedAt;
  const verified = link.sha256 !== null;
  const runBytes = file.lineBytes;
  const outcome = 'downloaded';
  return { file: name, path, outcome, sizeBytes: bytes, runBytes, ms, sha256, verified };
}
