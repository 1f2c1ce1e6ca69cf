import type { BytesVerdict } from '../answer/judge-answer.js';
import { attempt } from './attempt.js';
import type { TransferOptions } from './file-facts.js';
import { tryUntilDone } from './try-until-done.js';

/** A part of the file that is fetched with as many requests as it takes. */
export interface Piece {
  /** The next byte that is wanted. */
  position: number;
  /** The byte after the last; null for the end of the file. */
  end: number | null;
  /** Whether to ask with a Range. */
  readonly ranged: boolean;
}

export interface PieceHooks {
  /** Called before each request. */
  readonly prepare?: () => Promise<void>;
  /** Called before the first byte of each answer that fits. @throws StartOverError where it is not wanted */
  readonly accept: (bytes: BytesVerdict) => void;
  /** Takes the bytes in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Called for bytes before the position, where an answer begins earlier. */
  readonly onSkipped?: (chunk: Buffer) => void;
}

/** @throws DownloadError, StartOverError, or the reason of the signal */
export async function fetchPiece(
  options: TransferOptions,
  piece: Piece,
  hooks: PieceHooks,
): Promise<void> {
  const { file } = options;
  let farthest = piece.position;
  let hasEnded = false;
  await tryUntilDone({
    ...options,
    farthest: () => farthest,
    isDone: () => hasEnded || (piece.end !== null && piece.position >= piece.end),
    once: async (link, patience) => {
      await hooks.prepare?.();
      const answer = { isOpenEnded: false };
      const result = await attempt({
        ...options,
        url: link.url,
        asked: { start: piece.position, end: piece.end, ranged: piece.ranged },
        known: file.version,
        onLine: (bytes) => {
          file.lineBytes += bytes;
          patience.touched();
        },
        accept: (bytes) => {
          file.adopt(bytes.version);
          hooks.accept(bytes);
          answer.isOpenEnded = bytes.until === null;
          piece.end = earliest(piece.end, file.sizeBytes);
          const until = earliest(piece.end, bytes.until);
          return {
            skip: piece.position - bytes.from,
            take: until === null ? null : until - piece.position,
            isCut: until !== null && (bytes.until === null || until < bytes.until),
            ...(hooks.onSkipped && { onSkipped: hooks.onSkipped }),
            push: (chunk) => {
              piece.position += chunk.length;
              // What comes a second time is no progress.
              if (piece.position > farthest) {
                farthest = piece.position;
                patience.progressed();
              }
              return hooks.push(chunk);
            },
          };
        },
      });
      hasEnded = answer.isOpenEnded && result.kind === 'ended';
      if (hasEnded) file.adopt({ ...file.version, sizeBytes: piece.position });
      return file.requireFit(result);
    },
  });
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
