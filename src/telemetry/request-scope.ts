import type { Span } from './tracing.js';

/** The observation of one HTTP request, passed to all its work. */
export interface RequestScope {
  readonly requestId: string;
  /** As `performance.now()`. */
  readonly startedAt: number;
  /** Upstream calls so far, by operation. */
  readonly upstreamCalls: Map<string, number>;
  /** The innermost open span, the parent of further ones; null if not traced. */
  span: Span | null;
  /** Whether an operation was logged for it. */
  isLogged: boolean;
}

export function createRequestScope(requestId: string, span: Span | null): RequestScope {
  const startedAt = performance.now();
  return { requestId, startedAt, upstreamCalls: new Map(), span, isLogged: false };
}
