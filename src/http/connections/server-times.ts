import type { ServerOptions } from 'node:http';

export interface ConnectionTimes {
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAliveMs: number;
  /** A request must have arrived by then, in milliseconds, and its head in half of that. */
  readonly requestTimeoutMs: number;
}

/** How much of the time for a whole request its head may take. */
const HEAD_SHARE = 0.5;

/** The timeouts of Node's HTTP server, the same on both ports. */
export function toServerTimes({ keepAliveMs, requestTimeoutMs }: ConnectionTimes) {
  return {
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestTimeoutMs,
    // Counted from the first byte of a request, not from the end of the one before: it may be
    // shorter than keep-alive.
    headersTimeout: Math.ceil(requestTimeoutMs * HEAD_SHARE),
    // Node's 30 s would let a slow request live for twice its time.
    connectionsCheckingInterval: Math.min(1000, requestTimeoutMs),
  } satisfies ServerOptions;
}
