import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import type { StopSignal } from '../../domain/stop-signal.js';

/**
 * The memory of one response, from before its execution until it has left. Query cost is computed
 * before execution, when the length of some lists is unknown, and all their rows are in memory
 * before the response is serialized.
 */
export interface AnswerMemory {
  /**
   * Reserves memory for `rows` rows of the field in `info`.
   * @throws AnswerTooLargeError
   * @throws AnswersBusyError
   */
  take(rows: number, info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): void;
  /** Nothing more is spent on a response that is refused already. @throws AnswerTooLargeError */
  throwIfRefused(): void;
  /**
   * Reserves memory for a response of `bytes`, in place of what it holds so far.
   * @throws AnswersBusyError
   */
  hold(bytes: number): void;
  /** Corrects the reservation to the bytes that are now in memory. */
  correct(bytes: number): void;
}

/**
 * Creates the memory of a response. One caller cannot hold more than half of that of all.
 * @param left aborts when the response has left, or its client
 */
export type OpenAnswer = (callerId: string, left: StopSignal) => AnswerMemory;

/** Bytes of all responses above `SMALL`, unless MAX_RESPONSE_BYTES is very large. */
const MAX_UNDER_WAY = 64 * 1024 * 1024;
/** Largest responses that fit at once, whatever MAX_RESPONSE_BYTES is. */
const LARGEST_AT_ONCE = 4;
/**
 * Bytes of a response that are not counted: MAX_CONCURRENT_REQUESTS bounds them, and pages of links
 * are served while others hold everything else.
 */
export const SMALL = 64 * 1024;

/** Rejects the entire response, wherever it is thrown. */
export class AnswerTooLargeError extends PublicError {
  override readonly name = 'AnswerTooLargeError';
  readonly status = 400;

  constructor(maxBytes: number) {
    super(
      'QUERY_TOO_COMPLEX',
      `The response is too large; the limit is ${maxBytes} bytes. Request less at once.`,
    );
  }
}

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
 * Bounds the memory of each response, and of all that wait for slow clients. A response holds its
 * estimate before it executes, its size once that is known, and nothing once it has left.
 * @param maxBytes of one response
 */
export function createAnswerMemory(maxBytes: number): OpenAnswer {
  const max = Math.max(MAX_UNDER_WAY, LARGEST_AT_ONCE * maxBytes);
  const heldBy = new Map<string, number>();
  let heldByAll = 0;

  return (callerId, left) => {
    let held = 0;
    let taken = 0;
    let isRefused = false;

    function correct(bytes: number): void {
      const next = left.aborted ? 0 : Math.max(0, bytes - SMALL);
      if (next === held) return;
      if (held === 0) left.addEventListener('abort', release);
      const ofCaller = (heldBy.get(callerId) ?? 0) + next - held;
      if (ofCaller > 0) heldBy.set(callerId, ofCaller);
      else heldBy.delete(callerId);
      heldByAll += next - held;
      held = next;
    }

    const release = (): void => {
      correct(0);
    };

    function hold(bytes: number): void {
      const more = bytes - SMALL - held;
      const isFull = heldByAll + more > max || (heldBy.get(callerId) ?? 0) + more > max / 2;
      if (more > 0 && isFull) throw new AnswersBusyError();
      correct(bytes);
    }

    return {
      hold,
      correct,
      throwIfRefused() {
        if (isRefused) throw new AnswerTooLargeError(maxBytes);
      },
      take(rows, { fieldNodes, fragments }) {
        const weights = fieldNodes.map(({ selectionSet }) => weightOf(selectionSet, fragments));
        taken += rows * weights.reduce((sum, weight) => sum + weight, ROW);
        isRefused = true;
        if (taken > maxBytes) throw new AnswerTooLargeError(maxBytes);
        hold(taken);
        isRefused = false;
      },
    };
  };
}

/** Bytes of an empty object in memory, not in the response. */
const ROW = 64;
/** Bytes of a member in addition to its name. */
const MEMBER = 8;
/** Bytes per row of a field that can fail and be recorded: 1,440 measured, and its line. */
const LINK = 2048;

/** Bytes of the members selected in a field. */
function weightOf(
  set: SelectionSetNode | undefined,
  fragments: GraphQLResolveInfo['fragments'],
): number {
  return (set?.selections ?? []).reduce((sum, node) => {
    if (node.kind === Kind.INLINE_FRAGMENT) return sum + weightOf(node.selectionSet, fragments);
    const { value: name } = node.name;
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      return sum + weightOf(fragments[name]?.selectionSet, fragments);
    }
    const { length } = node.alias?.value ?? name;
    return sum + length + MEMBER + (name === 'downloadURL' ? LINK : 0);
  }, 0);
}

/** A control character, such as `\u0001`. */
const MAX_BYTES_PER_CHARACTER = 6;
/** Any number, such as `-1.2345678901234567e-300`, and literals. */
const MAX_NUMBER = 24;

/**
 * The bytes of a value as JSON: at least, if it is small; give or take a comma for each part, if it
 * is large; stops above `max`. Serializes only single texts: parts of a response share texts, which
 * serializing multiplies.
 */
export function sizeOf(value: unknown, max: number): number {
  const certainlySmall = max / MAX_BYTES_PER_CHARACTER;
  const characters = measure(value, certainlySmall, (part) =>
    typeof part === 'string' ? part.length + 2 : MAX_NUMBER,
  );
  if (characters <= certainlySmall) return characters;
  return measure(value, max, (part) => Buffer.byteLength(JSON.stringify(part)));
}

/** The sum of a value's names and single values, with brackets and separators. */
function measure(value: unknown, max: number, ofPart: (part: unknown) => number): number {
  if (typeof value !== 'object' || value === null) return ofPart(value);
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      size += measure(item, max - size, ofPart) + 1;
      if (size > max) return size;
    }
    return size;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === undefined) continue;
    size += ofPart(name) + measure(member, max - size, ofPart) + 2;
    if (size > max) return size;
  }
  return size;
}
