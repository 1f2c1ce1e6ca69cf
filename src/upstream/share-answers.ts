import { LRUCache } from 'lru-cache';
import { codeOf } from '../domain/error-code.js';
import { createSingleFlight } from '../domain/single-flight.js';
import type { StopSignal } from '../domain/stop-signal.js';
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

  function share(operation: ApiOperation<unknown>, { signal, ...caller }: SendOptions) {
    const key = keyOf(operation);
    const askedAt = now();
    const send = async (flight: StopSignal): Promise<Answer<unknown>> => {
      const answer = await client.send(operation, { ...caller, signal: flight });
      freeze(answer.result);
      const ttl = askedAt + reuseMs - now();
      if (ttl > 0) recent.set(key, answer, { ttl });
      return answer;
    };
    return flights.share(key, send, signal);
  }

  async function find(
    operation: ApiOperation<unknown>,
    sendOptions: SendOptions,
  ): Promise<Answer<unknown>> {
    if (reuseMs === 0) return client.send(operation, sendOptions);
    const known = recent.get(keyOf(operation));
    if (known) {
      onAnswer?.('memory');
      return known;
    }
    const { joined, result } = share(operation, sendOptions);
    onAnswer?.(joined ? 'flight' : 'upstream');
    if (!joined) return result;
    return result.catch((error: unknown) => {
      // The one who made it may have no calls left.
      if (codeOf(error) !== 'UPSTREAM_THROTTLED') throw error;
      return share(operation, sendOptions).result;
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

/** Rows that requests share cannot be changed by one of them. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
