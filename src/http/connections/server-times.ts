import type { ServerOptions } from 'node:http';

export interface ConnectionTimes {
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAliveMs: number;
  /** Milliseconds to receive a request; half of that for its headers. */
  readonly requestTimeoutMs: number;
}

/** The share of that time for the headers. */
const HEAD_SHARE = 0.5;

/** The timeouts of Node's HTTP server, the same on both ports. */
export function toServerTimes({ keepAliveMs, requestTimeoutMs }: ConnectionTimes) {
  return {
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestTimeoutMs,
    // Counted from the first byte of a request, not from the previous one, so it can be shorter
    // than keep-alive.
    headersTimeout: Math.ceil(requestTimeoutMs * HEAD_SHARE),
    // Node's 30 s would allow a slow request twice its time.
    connectionsCheckingInterval: Math.min(1000, requestTimeoutMs),
  } satisfies ServerOptions;
}
