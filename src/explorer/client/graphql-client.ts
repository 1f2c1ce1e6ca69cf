import type { TypedDocumentString } from '../generated/operations.js';
import { type Failure, pageFailure, toFailure } from './failure.js';

/** The answer to one operation. Data may be partial; `failures` then says what is missing. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly failures: readonly Failure[];
  /** Milliseconds by which the service's clock is ahead of the local clock. */
  readonly clockOffset: number;
}

export interface AskOptions {
  /** Bearer token; sent with this request and not kept. */
  readonly token: string | null;
  readonly signal: AbortSignal;
}

/** Sends one operation. Rejects only when the signal aborts; any other failure is in the answer. */
export type Ask = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options: AskOptions,
) => Promise<Answer<Data>>;

export interface GraphqlClientOptions {
  readonly endpoint: string;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970 by the local clock. */
  readonly now: () => number;
}

export function createGraphqlClient({ endpoint, fetch, now }: GraphqlClientOptions): Ask {
  return async <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    { token, signal }: AskOptions,
  ) => {
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        credentials: 'omit',
        cache: 'no-store',
        signal,
      });
      const clockOffset = offsetOf(response.headers.get('date'), now());
      return { ...toAnswer<Data>(await response.text(), response.status), clockOffset };
    } catch (error) {
      signal.throwIfAborted();
      return nothing(pageFailure('UNREACHABLE', String(error)));
    }
  };
}

/** The `Date` header has whole seconds, so a difference of less than two counts as none. */
function offsetOf(date: string | null, now: number): number {
  const offset = date === null ? 0 : Date.parse(date) - now;
  return Number.isFinite(offset) && Math.abs(offset) >= 2000 ? offset : 0;
}

function toAnswer<Data>(text: string, status: number): Answer<Data> {
  const body = parseBody(text);
  if (body === null) return nothing(pageFailure('NO_ANSWER', `HTTP ${status}`));
  const failures = (body.errors ?? []).map(toFailure);
  const data = (body.data ?? null) as Data | null;
  if (data === null && failures.length === 0) {
    return nothing(pageFailure('NO_ANSWER', `HTTP ${status}`));
  }
  return { data, failures, clockOffset: 0 };
}

function parseBody(text: string): { data?: unknown; errors?: unknown[] } | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : null;
  } catch {
    return null;
  }
}

function nothing(failure: Failure): Answer<never> {
  return { data: null, failures: [failure], clockOffset: 0 };
}
