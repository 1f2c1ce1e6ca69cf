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
import { type Attempt, type AttemptOutcome, judge } from './outcome.js';
import type { Admit, AttemptOwner } from './policy/admission.js';
import type { Breaker } from './policy/breaker.js';
import type { ClockCorrection, UpstreamClock } from './policy/clock-skew.js';
import type { ConcurrencyLimit } from './policy/concurrency-limit.js';
import { isTimeout, startDeadline } from './policy/deadline.js';
import type { FairQueue } from './policy/fair-queue.js';
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

/** The call that attempts are made for. */
export interface CallOwner extends AttemptOwner {
  readonly operation: ApiOperation<unknown>;
  readonly breaker: Breaker;
  readonly scope: RequestScope | undefined;
}

export interface AttemptsOptions {
  readonly transport: HttpTransport;
  /** Host and port, as in the `host` header. */
  readonly host: string;
  readonly credentialSource: CredentialSource;
  /** Timeout of one attempt, within the deadline of its call. */
  readonly timeoutMs: number;
  readonly admit: Admit;
  readonly queue: Pick<FairQueue, 'leave'>;
  /** Learns from the outcomes. */
  readonly limit: Pick<ConcurrencyLimit, 'begin' | 'end'>;
  readonly clock: UpstreamClock;
  readonly clockCorrection: ClockCorrection;
  /** The host clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly nonce: () => string;
  /** Called after each attempt. */
  readonly onAttempt: (event: AttemptEvent, scope: RequestScope | undefined) => void;
}

/** Creates the attempts of calls: each waits for its turn, is newly signed, sent and judged. */
export function createAttempts(options: AttemptsOptions): (of: CallOwner) => Attempt {
  const { transport, host, credentialSource, timeoutMs, admit, queue, limit } = options;
  const { clock, clockCorrection, now, nonce, onAttempt } = options;
  const deriveKey = createSigningKeys();

  /** Signs and sends one request; `clockOffset` is that of the upstream's clock, in milliseconds. */
  async function send(
    { operation, deadline }: CallOwner,
    clockOffset: number,
  ): Promise<AttemptOutcome> {
    const sentAt = now() + clockOffset;
    const credentials = credentialSource.current();
    const facts = { host, credentials, time: sentAt, nonce: nonce(), deriveKey };
    const request = signRequest(operation, facts);
    const timeout = startDeadline(timeoutMs, deadline.signal);
    try {
      const reply = toReply(await transport.get(request, timeout.signal), now());
      const answeredAt = now() + (reply.clockOffset ?? clockOffset);
      return { kind: 'answered', reply, credentials, sentAt, answeredAt };
    } catch (error) {
      const { aborted: isOver, reason } = deadline.signal;
      if (isOver && !isTimeout(reason)) throw reason;
      if (timeout.signal.aborted) {
        return { kind: 'timed-out', cutShort: timeout.remaining() > timeoutMs / 2 };
      }
      if (error instanceof OversizedError) return { kind: 'oversized' };
      if (error instanceof ReplyMemoryError) return { kind: 'unheld' };
      if (!(error instanceof ConnectionError)) throw error;
      return { kind: 'broken', code: error.code, onIdleSocket: error.onIdleSocket };
    } finally {
      timeout.clear();
    }
  }

  /** Begins a permitted attempt, or leaves its place. */
  function begin({ operation, breaker, deadline }: CallOwner) {
    try {
      deadline.signal.throwIfAborted();
      return { pass: breaker.begin(), sent: limit.begin(operation.name) };
    } catch (error) {
      queue.leave();
      throw error;
    }
  }

  return (call) => {
    const { operation, breaker, scope } = call;
    let attempt = 0;
    let offsetOnTrial: number | undefined;
    return async () => {
      await admit(call);
      const { pass, sent } = begin(call);
      attempt += 1;
      const startedAt = performance.now();
      let outcome: AttemptOutcome | undefined;
      try {
        outcome = await send(call, offsetOnTrial ?? clock.offset());
        offsetOnTrial = clockCorrection.after(outcome, offsetOnTrial);
        return outcome;
      } finally {
        breaker.end(pass, outcome ? judge(outcome).works : null);
        limit.end(sent, outcome);
        queue.leave();
        const event = {
          httpRequestId: scope?.requestId,
          operation: operation.name,
          regionId: operation.regionId,
          attempt,
          status: outcome?.kind === 'answered' ? outcome.reply.httpStatus : undefined,
          code: outcome ? codeOf(outcome) : 'ABORTED',
          durationMs: Math.round(performance.now() - startedAt),
        };
        onAttempt(event, scope);
      }
    };
  };
}
