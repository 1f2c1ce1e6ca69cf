import type { RequestScope } from '../telemetry/request-scope.js';
import type { CredentialSource } from './credential-source.js';
import {
  ConnectionError,
  OversizedError,
  ReplyMemoryError,
  type HttpTransport,
} from './http-transport.js';
import { codeOf } from './failure.js';
import type { ApiOperation, ApiOperationName } from './operation.js';
import type { Attempt, AttemptOutcome } from './outcome.js';
import type { ClockCorrection, UpstreamClock } from './policy/clock-skew.js';
import { type Deadline, isTimeout, startDeadline } from './policy/deadline.js';
import { toReply } from './reply.js';
import { signRequest } from './sign/sign-request.js';
import { createSigningKeys } from './sign/signature.js';

/** An attempt, for metrics and the log. */
export interface AttemptEvent {
  /** The ID of the HTTP request it was made for. */
  readonly httpRequestId: string | undefined;
  readonly operation: ApiOperationName;
  readonly regionId: string;
  /** 1-based. */
  readonly attempt: number;
  /** HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** The failure, if there was none: ECONNREFUSED, TIMED_OUT, OVERSIZED, REPLY_MEMORY, ABORTED. */
  readonly code: string | undefined;
  readonly durationMs: number;
}

/** Creates the attempts of a call, each newly signed. */
export type AttemptsOf = (
  operation: ApiOperation<unknown>,
  deadline: Deadline,
  scope: RequestScope | undefined,
) => Attempt;

export interface AttemptsOptions {
  readonly transport: HttpTransport;
  /** Host and port, as in the `host` header. */
  readonly host: string;
  readonly credentialSource: CredentialSource;
  /** Timeout of one attempt, within the deadline of its call. */
  readonly timeoutMs: number;
  readonly clock: UpstreamClock;
  readonly clockCorrection: ClockCorrection;
  /** The host clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly nonce: () => string;
  /** Called after each attempt. */
  readonly onAttempt: (event: AttemptEvent, scope: RequestScope | undefined) => void;
}

export function createAttempts(options: AttemptsOptions): AttemptsOf {
  const { transport, host, credentialSource, timeoutMs, clock, now, nonce, onAttempt } = options;
  const { clockCorrection } = options;
  const deriveKey = createSigningKeys();

  /**
   * Signs and sends one request; `clockOffset` is the offset of the upstream's clock, in
   * milliseconds.
   */
  async function send(
    operation: ApiOperation<unknown>,
    deadline: Deadline,
    clockOffset: number,
  ): Promise<AttemptOutcome> {
    deadline.signal.throwIfAborted();
    const sentAt = now() + clockOffset;
    const credentials = credentialSource.current();
    const facts = { host, credentials, time: sentAt, nonce: nonce(), deriveKey };
    const request = signRequest(operation, facts);
    const limit = startDeadline(timeoutMs, deadline.signal);
    try {
      const reply = toReply(await transport.get(request, limit.signal), now());
      const answeredAt = now() + (reply.clockOffset ?? clockOffset);
      return { kind: 'answered', reply, credentials, sentAt, answeredAt };
    } catch (error) {
      const { aborted: isOver, reason } = deadline.signal;
      if (isOver && !isTimeout(reason)) throw reason;
      if (limit.signal.aborted) {
        return { kind: 'timed-out', cutShort: limit.remaining() > timeoutMs / 2 };
      }
      if (error instanceof OversizedError) return { kind: 'oversized' };
      if (error instanceof ReplyMemoryError) return { kind: 'unheld' };
      if (!(error instanceof ConnectionError)) throw error;
      return { kind: 'broken', code: error.code, onIdleSocket: error.onIdleSocket };
    } finally {
      limit.clear();
    }
  }

  return (operation, deadline, scope) => {
    const { name, regionId } = operation;
    const httpRequestId = scope?.requestId;
    let attempt = 0;
    let offsetOnTrial: number | undefined;
    return async () => {
      attempt += 1;
      const startedAt = performance.now();
      let outcome: AttemptOutcome | undefined;
      try {
        outcome = await send(operation, deadline, offsetOnTrial ?? clock.offset());
        offsetOnTrial = clockCorrection.after(outcome, offsetOnTrial);
        return outcome;
      } finally {
        const durationMs = Math.round(performance.now() - startedAt);
        const status = outcome?.kind === 'answered' ? outcome.reply.httpStatus : undefined;
        const code = outcome ? codeOf(outcome) : 'ABORTED';
        onAttempt(
          { httpRequestId, operation: name, regionId, attempt, status, code, durationMs },
          scope,
        );
      }
    };
  };
}
