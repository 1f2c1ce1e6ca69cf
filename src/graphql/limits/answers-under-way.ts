import type { StopSignal } from '../../domain/stop-signal.js';

/** The memory of one response in the process, from before its execution until it has left. */
export interface AnswerMemory {
  /**
   * Reserves memory for a response of `bytes`, in place of what it holds so far.
   * @throws AnswersBusyError
   */
  hold(bytes: number): void;
  /** Corrects the reservation to the bytes that are now in memory. */
  correct(bytes: number): void;
}

export interface AnswersUnderWayOptions {
  /** Maximum bytes of one response. */
  readonly maxBytes: number;
}

/** The memory of all responses in the process. */
export interface AnswersUnderWay {
  /**
   * @param callerId the caller of the response; one caller cannot hold more than half
   * @param left aborts when the response has left, or its client
   */
  open(callerId: string, left: StopSignal): AnswerMemory;
}

/** Bytes of all responses above `SMALL`, unless MAX_RESPONSE_BYTES is very large. */
const MAX_UNDER_WAY = 64 * 1024 * 1024;
/** Largest responses that fit at once, whatever MAX_RESPONSE_BYTES is. */
const LARGEST_AT_ONCE = 4;
/**
 * Bytes of a response that are not counted: MAX_CONCURRENT_REQUESTS bounds them, and pages of links
 * are served while others hold everything else.
 */
export const SMALL = 64 * 1024;

/** Seconds. */
export const RETRY_AFTER = '1';

/** There is no memory for the response now; rejects it as a whole, wherever it is thrown. */
export class AnswersBusyError extends Error {
  override readonly name = 'AnswersBusyError';
  readonly code = 'SERVICE_UNAVAILABLE';
  readonly status = 503;

  constructor() {
    super('The server is busy with large responses; retry later or request less at once.');
  }
}

/**
 * Bounds the memory of responses that wait for slow clients, all together. A response holds its
 * estimate before it executes, its size once that is known, and nothing once it has left.
 */
export function createAnswersUnderWay({ maxBytes }: AnswersUnderWayOptions): AnswersUnderWay {
  const max = Math.max(MAX_UNDER_WAY, LARGEST_AT_ONCE * maxBytes);
  const heldBy = new Map<string, number>();
  let heldByAll = 0;

  function add(callerId: string, bytes: number): void {
    heldByAll += bytes;
    const held = (heldBy.get(callerId) ?? 0) + bytes;
    if (held > 0) heldBy.set(callerId, held);
    else heldBy.delete(callerId);
  }

  return {
    open(callerId, left) {
      let held = 0;
      const change = (bytes: number): void => {
        const next = left.aborted ? 0 : Math.max(0, bytes - SMALL);
        if (next === held) return;
        if (held === 0) left.addEventListener('abort', release);
        add(callerId, next - held);
        held = next;
      };
      const release = (): void => {
        change(0);
      };
      return {
        hold(bytes) {
          const more = bytes - SMALL - held;
          const isFull = heldByAll + more > max || (heldBy.get(callerId) ?? 0) + more > max / 2;
          if (more > 0 && isFull) throw new AnswersBusyError();
          change(bytes);
        },
        correct: change,
      };
    },
  };
}
