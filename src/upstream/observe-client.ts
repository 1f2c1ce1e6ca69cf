import { isNativeError } from 'node:util/types';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { Span } from '../telemetry/tracing/tracing.js';
import type { AttemptEvent } from './attempt.js';
import type { UpstreamClient } from './client.js';

/** Counts and traces the calls of a client as part of their HTTP requests. */
export function observeClient(client: UpstreamClient): UpstreamClient {
  return {
    status: () => client.status(),
    now: () => client.now(),
    close: () => client.close(),
    send(operation, options) {
      const scope = options?.scope;
      const { name } = operation;
      scope?.upstreamCalls.set(name, (scope.upstreamCalls.get(name) ?? 0) + 1);
      const span = scope?.span?.child(name, 'client');
      if (!scope || !span) return client.send(operation, options);
      return ending(span, client.send(operation, { ...options, scope: { ...scope, span } }));
    },
  };
}

/** Ends the span when `work` settles; returns its result. */
async function ending<Result>(span: Span, work: Promise<Result>): Promise<Result> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.end({ error: codeOf(error) });
    throw error;
  }
}

/** Records an attempt in the span of its call. */
export function traceAttempt(
  { attempt, status, code, durationMs }: AttemptEvent,
  scope: RequestScope | undefined,
): void {
  scope?.span?.event('attempt', {
    attempt,
    durationMs,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(code !== undefined && { 'error.type': code }),
  });
}

function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error ? String(error.code) : 'ABORTED';
}
