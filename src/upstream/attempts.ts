import type { Credentials } from '../config/config.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import { type AttemptOutcome, runAttempt } from './attempt.js';
import { type AttemptEvent, endOf } from './attempt-event.js';
import type { HttpTransport } from './http-transport.js';
import type { Operation } from './operation.js';
import type { Deadline } from './policy/deadline.js';
import type { Attempt } from './policy/retry.js';
import { createSigningKeys } from './sign/signing-keys.js';
import { signRequest } from './signed-request.js';
import type { UpstreamClock } from './upstream-clock.js';

export interface AttemptsOptions {
  readonly transport: HttpTransport;
  /** Host and port, as the `host` header has them. */
  readonly host: string;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  readonly clock: UpstreamClock;
  /** The host's clock, epoch milliseconds. */
  readonly now: () => number;
  readonly nonce: () => string;
  /** Told of each attempt when it is over. */
  readonly onAttempt: (event: AttemptEvent, scope: RequestScope | undefined) => void;
}

/** Gives the attempts of one call: each signed anew, counted from 1, and reported. */
export type AttemptsOf = (
  operation: Operation<unknown>,
  deadline: Deadline,
  scope: RequestScope | undefined,
) => Attempt;

export function createAttempts(options: AttemptsOptions): AttemptsOf {
  const { transport, host, credentials, timeoutMs, clock, now, nonce, onAttempt } = options;
  const deriveKey = createSigningKeys();
  return (operation, deadline, scope) => {
    const { name, regionId } = operation;
    const httpRequestId = scope?.requestId;
    let attempt = 0;
    return async () => {
      attempt += 1;
      const startedAt = performance.now();
      let outcome: AttemptOutcome | undefined;
      try {
        outcome = await runAttempt({
          transport,
          timeoutMs,
          deadline,
          hostNow: now,
          clockOffset: clock.offset(),
          sign: (time) =>
            signRequest(operation, { host, credentials, time, nonce: nonce(), deriveKey }),
        });
        return outcome;
      } finally {
        const durationMs = Math.round(performance.now() - startedAt);
        const { status, code } = endOf(outcome);
        onAttempt(
          { httpRequestId, operation: name, regionId, attempt, status, code, durationMs },
          scope,
        );
      }
    };
  };
}
