import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from './tracing/span.js';

/** What is known of the HTTP request that the code now running belongs to. */
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

const scopes = new AsyncLocalStorage<RequestScope>();

export function createRequestScope(requestId: string, span: Span | null): RequestScope {
  const startedAt = performance.now();
  return { requestId, startedAt, upstreamCalls: new Map(), span, isLogged: false };
}

/** Runs `work`, and all it leads to, as part of a request. */
export function runInScope<Result>(scope: RequestScope, work: () => Result): Result {
  return scopes.run(scope, work);
}

/** Undefined outside of requests. */
export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}
