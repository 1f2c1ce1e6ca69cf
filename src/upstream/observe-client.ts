import { isNativeError } from 'node:util/types';
import { currentScope, runInScope } from '../telemetry/request-scope.js';
import type { AttemptEvent } from './attempt-event.js';
import type { UpstreamClient } from './operation.js';

/** The same client; each call is counted, and traced, as part of the request it is made for. */
export function observeClient(client: UpstreamClient): UpstreamClient {
  return {
    status: () => client.status(),
    close: () => client.close(),
    async send(operation, options) {
      const scope = currentScope();
      if (scope === undefined) return client.send(operation, options);
      const { name } = operation;
      scope.upstreamCalls.set(name, (scope.upstreamCalls.get(name) ?? 0) + 1);
      const span = scope.span?.child(name, 'client') ?? null;
      try {
        const answer = await runInScope({ ...scope, span }, () => client.send(operation, options));
        span?.end();
        return answer;
      } catch (error) {
        span?.end({ error: codeOf(error) });
        throw error;
      }
    },
  };
}

/** Tells the span of a call of one of its attempts. */
export function traceAttempt({ attempt, status, code, durationMs }: AttemptEvent): void {
  currentScope()?.span?.event('attempt', {
    attempt,
    durationMs,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(code !== undefined && { 'error.type': code }),
  });
}

function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error ? String(error.code) : 'ABORTED';
}
