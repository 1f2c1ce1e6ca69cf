import { isSettled, type Look } from './look.js';

/** What is remembered of something that was read, to tell later whether it must be read again. */
export interface Note {
  /** What it looked like just before it was read; empty where it was not there. */
  readonly stamp: string;
  /** Whether equal stamps prove that it has not changed. */
  readonly isFinal: boolean;
  /** When it was looked at last, in milliseconds since the epoch. */
  readonly lookedAt: number;
}

type Seen = Pick<Look, 'stamp' | 'changedAt'>;

/** Milliseconds after which what may have changed without a trace is read again. */
const READ_AGAIN_MS = 500;

/**
 * @param seen what it looked like before it was read; null where it was not there
 * @param isWhole whether it could be read
 */
export function noteOf(seen: Seen | null, at: number, isWhole: boolean): Note {
  return {
    stamp: seen?.stamp ?? '',
    isFinal: isWhole && (seen === null || isSettled(seen, at)),
    lookedAt: at,
  };
}

/** Whether what was read may be taken for what is there now. */
export function isUpToDate(note: Note | null, seen: Seen | null, at: number): boolean {
  if (note === null || note.stamp !== (seen?.stamp ?? '')) return false;
  return note.isFinal || at - note.lookedAt < READ_AGAIN_MS;
}
