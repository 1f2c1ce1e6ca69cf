import { createHash } from 'node:crypto';
import { DownloadError } from '../download-error.js';
import type { PartFile } from './part-file.js';
import { readPieces } from './read-pieces.js';

/** A part whose SHA-256 is computed while it is written. */
export interface HashedPart {
  /** Writes through it are hashed. */
  readonly part: PartFile;
  /**
   * Hashes what is left of a part that is whole.
   * @param onBytes called with the bytes hashed so far where some were left
   * @returns the SHA-256 in hex
   * @throws DownloadError, or the reason of the signal
   */
  readonly digest: (options: {
    readonly onBytes: (bytes: number) => void;
    readonly signal: AbortSignal;
  }) => Promise<string>;
  /** Stops reading: the part may be closed after that. */
  readonly stop: () => Promise<void>;
}

/**
 * Follows the bytes that lie in one piece from the first one on. What is written at their end is hashed
 * from memory; bytes of an earlier run, or ahead of others, are read back.
 */
export function hashWhileWriting(target: PartFile): HashedPart {
  const { written } = target;
  let hash = createHash('sha256');
  let hashed = 0;
  let reading: Promise<void> | null = null;
  let isStopped = false;
  let failure: { readonly error: unknown } | null = null;
  let onRead: (bytes: number) => void = () => undefined;

  function readBack(): void {
    if (isStopped || failure !== null || hashed >= written.prefix) return;
    reading ??= readToPrefix()
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        reading = null;
        readBack();
      });
  }

  async function readToPrefix(): Promise<void> {
    const own = hash;
    const from = hashed;
    await readPieces(target.read, from, {
      until: () => (isStopped || hash !== own ? 0 : written.prefix),
      use: (piece, end) => {
        // It may have been begun over meanwhile.
        if (hash !== own) return;
        hash.update(piece);
        hashed = end;
        onRead(end);
      },
    });
    if (hash === own && hashed === from && !isStopped) throw changedPartError(target.path);
  }

  readBack();
  return {
    part: {
      ...target,
      write: async (chunks, position) => {
        await target.write(chunks, position);
        if (reading === null && position === hashed) {
          for (const chunk of chunks) hash.update(chunk);
          hashed += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        }
        readBack();
      },
      clear: async () => {
        hash = createHash('sha256');
        hashed = 0;
        await target.clear();
      },
    },
    digest: async ({ onBytes, signal }) => {
      onRead = (bytes) => {
        if (signal.aborted) isStopped = true;
        onBytes(bytes);
      };
      while (reading !== null) await reading;
      signal.throwIfAborted();
      if (failure !== null) throw failure.error;
      if (hashed !== written.total) throw changedPartError(target.path);
      return hash.digest('hex');
    },
    stop: async () => {
      isStopped = true;
      while (reading !== null) await reading;
    },
  };
}

function changedPartError(path: string): DownloadError {
  return new DownloadError(
    'target',
    `Another program changed ${path} meanwhile: run the same command with --restart.`,
  );
}
