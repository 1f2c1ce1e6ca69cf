import { getHeapStatistics } from 'node:v8';
import { UpstreamError } from '../domain/errors.js';
import type { StopSignal } from '../domain/stop-signal.js';

/**
 * Limits the memory of upstream replies, of all requests of the process together: those being
 * received, and those whose rows a request holds until its answer is sent.
 */
export interface ReplyMemory {
  /** Takes `bytes`; returns false, and takes nothing, if that exceeds the limit. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
  /**
   * Counts what was read from a reply until `signal` aborts; once, however many requests hold it.
   * @throws UpstreamError UPSTREAM_UNAVAILABLE if that exceeds the limit
   */
  hold(answer: Weighed, signal: StopSignal | undefined): void;
  /** Bytes taken and held. */
  used(): number;
}

export interface Weighed {
  /** Bytes of memory, as of `weightOf`. */
  readonly weight: number;
}

/** The share of the heap that replies can take; the rest is for answers and everything else. */
const HEAP_SHARE = 0.25;

export function createReplyMemory(
  limit = Math.floor(getHeapStatistics().heap_size_limit * HEAP_SHARE),
): ReplyMemory {
  /** Requests that hold an answer. */
  const holders = new Map<Weighed, number>();
  let used = 0;

  const take = (bytes: number): boolean => {
    if (bytes > 0 && used + bytes > limit) return false;
    used += bytes;
    return true;
  };
  const giveBack = (bytes: number): void => {
    used -= bytes;
  };
  const release = (answer: Weighed): void => {
    const others = (holders.get(answer) ?? 0) - 1;
    if (others > 0) {
      holders.set(answer, others);
      return;
    }
    holders.delete(answer);
    giveBack(answer.weight);
  };

  return {
    take,
    giveBack,
    hold: (answer, signal) => {
      if (!signal || signal.aborted) return;
      const holding = holders.get(answer) ?? 0;
      if (holding === 0 && !take(answer.weight)) throw tooMuchToHold();
      holders.set(answer, holding + 1);
      signal.addEventListener('abort', () => {
        release(answer);
      });
    },
    used: () => used,
  };
}

export const TOO_MUCH_TO_HOLD =
  'The replies of the upstream exceed the memory for them; request less at once, or retry later.';

function tooMuchToHold(): UpstreamError {
  return new UpstreamError('UPSTREAM_UNAVAILABLE', TOO_MUCH_TO_HOLD, {
    cause: { code: 'REPLY_MEMORY' },
  });
}

/** Bodies up to this size, in bytes, are not searched: parsing the worst takes a few MiB. */
const SMALL_BODY = 256 * 1024;
/** Bytes of memory per byte of a small body, rows included. */
const SMALL_FACTOR = 5;
/** Bytes of memory per byte of text: V8 stores all but Latin-1 in two. */
const TEXT_FACTOR = 2;
/** Bytes of memory of an object, a list, a member or an item. */
const VALUE = 56;

/** Estimates the memory of a JSON text and of what is parsed from it, in bytes. */
export function weightOf(body: Uint8Array): number {
  if (body.length <= SMALL_BODY) return SMALL_FACTOR * body.length;
  let values = 0;
  for (const byte of body) if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1;
  return TEXT_FACTOR * body.length + VALUE * values;
}

const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];
