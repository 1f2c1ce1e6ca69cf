import { createHash } from 'node:crypto';
import type { BytesVerdict } from '../answer/judge-answer.js';
import { writeAll } from '../disk/write-all.js';
import { hasCode } from '../../../domain/error-code.js';
import { toTargetError } from '../disk/target-error.js';
import { DownloadError } from '../download-error.js';
import { createBatchWriter } from './batch-writer.js';
import { fetchPiece } from './fetch-piece.js';
import type { TransferOptions } from './file-facts.js';
import { changedError } from './link-holder.js';
import { StartOverError, unfitStoreError } from './try-until-done.js';

export interface StreamTransferOptions extends TransferOptions {
  /** Descriptor of standard output, a pipe or a device. */
  readonly fd: number;
  /** What to call it in a failure. */
  readonly targetName: string;
  readonly onOpened: () => void;
  /** Called with the bytes that were written so far. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes a file in order to what cannot be written twice. After a break it continues where it was; from a
 * store without ranges the file is read from its beginning, and what was written already is compared
 * with what comes.
 * @returns the SHA-256 of what was written, in hex
 * @throws DownloadError, also 'reader-gone', or the reason of the signal
 */
export async function transferToStream(options: StreamTransferOptions): Promise<string> {
  const { fd, file, signal } = options;
  const hash = createHash('sha256');
  let written = 0;
  const writer = createBatchWriter(async (chunks) => {
    // Nothing may follow once the caller knows that it stopped.
    signal.throwIfAborted();
    await writeAll(fd, chunks, null).catch((error: unknown) => {
      throw toStreamError(error, options.targetName);
    });
    written += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    options.onWritten(written);
  }, options.giveBack);
  const push = (chunk: Buffer): Promise<void> | undefined => {
    hash.update(chunk);
    return writer.push(chunk);
  };
  let position = 0;
  const piece = (ranged: boolean) => ({ position, end: file.sizeBytes, ranged });
  const ranges = piece(true);
  try {
    const accept = ({ whole }: BytesVerdict): void => {
      if (ranges.position > 0 && (whole || !file.canBeJoined)) {
        throw new StartOverError('the store only sends the file from the start');
      }
      options.onOpened();
    };
    await fetchPiece(options, ranges, { accept, push });
  } catch (error) {
    if (!(error instanceof StartOverError)) throw error;
    position = ranges.position;
    options.emit({
      kind: 'notice',
      file: options.name,
      message: `${error.message}: skipping what was written`,
    });
    await fetchFromBeginning();
  }
  await writer.finish();
  return hash.digest('hex');

  async function fetchFromBeginning(): Promise<void> {
    const rest = piece(false);
    let skipped = createHash('sha256');
    let toSkip = 0;
    const compare = (chunk: Buffer): void => {
      skipped.update(chunk);
      toSkip -= chunk.length;
      if (toSkip > 0) return;
      if (skipped.digest('hex') === hash.copy().digest('hex')) return;
      throw changedError('its beginning differs from what was written');
    };
    const accept = (): void => {
      skipped = createHash('sha256');
      toSkip = rest.position;
    };
    try {
      await fetchPiece(options, rest, { accept, push, onSkipped: compare });
    } catch (error) {
      if (!(error instanceof StartOverError)) throw error;
      throw unfitStoreError(error);
    }
  }
}

/** Of a pipe whose reader has gone, only that is known. */
function toStreamError(error: unknown, name: string): DownloadError {
  if (!hasCode(error, 'EPIPE', 'EOF', 'ECONNRESET')) return toTargetError(error, name);
  return new DownloadError('reader-gone', 'The reader of standard output has closed it.', {
    cause: error,
  });
}
