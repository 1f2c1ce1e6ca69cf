import type { Span } from './tracing/tracing.js';

/** What one HTTP request is followed by; it is handed down to all that is done for it. */
export interface RequestScope {
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** Calls of the upstream made for it so far, by operation. */
  readonly upstreamCalls: Map<string, number>;
  /** The innermost span under way, which further ones belong to; null while nothing is traced. */
  span: Span | null;
  /** Whether an operation of it was logged. */
  isLogged: boolean;
}

export function createRequestScope(requestId: string, span: Span | null): RequestScope {
  const startedAt = performance.now();
  return { requestId, startedAt, upstreamCalls: new Map(), span, isLogged: false };
}
