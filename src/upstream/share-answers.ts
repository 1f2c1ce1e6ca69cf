import { LRUCache } from 'lru-cache';
import { UpstreamError } from '../domain/errors.js';
import { createSingleFlight } from '../domain/single-flight.js';
import type { Answer, SendOptions, UpstreamClient } from './client.js';
import type { ApiOperation } from './operation.js';
import type { ReplyMemory } from './reply-memory.js';

/** Where an answer came from; `flight` is the call of a concurrent request. */
export type AnswerOrigin = 'memory' | 'flight' | 'upstream';

export interface ShareAnswersOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly memory: Pick<ReplyMemory, 'hold'>;
  /** Milliseconds, from the call, for which its answer serves other requests; 0 for none. */
  readonly reuseMs: number;
  /** Beyond it, the least recently used answers are forgotten. */
  readonly maxBytes?: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
  readonly onAnswer?: ((origin: AnswerOrigin) => void) | undefined;
}

const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Lets requests share lists and lookups: an answer asked for within the last `reuseMs`, or on its
 * way, serves all requests of the process. It holds nothing of a caller; rights apply to what is
 * read from it. Errors are not kept. A call is aborted once no request waits for it.
 *
 * Each answer also counts as memory of the requests that hold it, until their end.
 */
export function shareAnswers(options: ShareAnswersOptions): Pick<UpstreamClient, 'send'> {
  const { client, memory, reuseMs, maxBytes = MAX_BYTES, onAnswer } = options;
  const now = options.now ?? (() => performance.now());
  const flights = createSingleFlight<Answer<unknown>>();
  const recent = new LRUCache<string, Answer<unknown>>({
    maxSize: maxBytes,
    sizeCalculation: ({ weight }) => Math.max(1, weight),
    perf: { now },
    ttlResolution: 0,
  });

  const share = (
    key: string,
    operation: ApiOperation<unknown>,
    { signal, ...caller }: SendOptions,
  ) => {
    const askedAt = now();
    const send = async (flight: SendOptions['signal']): Promise<Answer<unknown>> => {
      const answer = await client.send(operation, { ...caller, ...(flight && { signal: flight }) });
      freeze(answer.result);
      const ttl = askedAt + reuseMs - now();
      if (ttl > 0) recent.set(key, answer, { ttl });
      return answer;
    };
    return flights.share(key, send, signal);
  };

  async function find(
    operation: ApiOperation<unknown>,
    sendOptions: SendOptions,
  ): Promise<Answer<unknown>> {
    if (reuseMs === 0) return client.send(operation, sendOptions);
    const key = keyOf(operation);
    const known = recent.get(key);
    if (known) {
      onAnswer?.('memory');
      return known;
    }
    const { joined, result } = share(key, operation, sendOptions);
    onAnswer?.(joined ? 'flight' : 'upstream');
    if (!joined) return result;
    return result.catch((error: unknown) => {
      if (!isOfCaller(error)) throw error;
      return share(key, operation, sendOptions).result;
    });
  }

  return {
    send: async <Result>(operation: ApiOperation<Result>, sendOptions: SendOptions = {}) => {
      const answer = await find(operation, sendOptions);
      memory.hold(answer, sendOptions.signal);
      // The key names the operation, so that the answer is one of its own.
      return answer as Answer<Result>;
    },
  };
}

function keyOf({ name, path, query }: ApiOperation<unknown>): string {
  return JSON.stringify([name, path, query]);
}

/** Whether a call failed for the one who made it: its share of the budget is used up. */
function isOfCaller(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'UPSTREAM_THROTTLED';
}

/** Rows that requests share cannot be changed by one of them. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
