import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ZodError } from 'zod';
import type { Credentials, ProxyConfig } from '../config/config.js';
import { codeOf as errorCodeOf } from '../domain/error-code.js';
import type { StopSignal } from '../domain/stop-signal.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { UpstreamAttempt, UpstreamStatus } from '../telemetry/metrics.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { Span } from '../telemetry/tracing.js';
import { codeOf, toSuccess, unreadable } from './failure.js';
import { createHttpTransport } from './http-transport.js';
import type { ApiOperation, ApiOperationName, Unreadable } from './operation.js';
import { type AttemptOutcome, judge, type Verdict } from './outcome.js';
import { type Budget, exhausted } from './policy/budget.js';
import { createUpstreamClock } from './policy/clock.js';
import {
  createConcurrencyLimit,
  type LimitDecrease,
  type SentCall,
} from './policy/concurrency-limit.js';
import { Deadline, wait as waitByTimer, type Wait } from './policy/deadline.js';
import { createFairQueue } from './policy/fair-queue.js';
import {
  type BreakerState,
  createLane,
  type Lane,
  type LaneOptions,
  type Turn,
  type Window,
} from './policy/lane.js';
import { type Attempt, createRetryBudget, type CredentialSource, retry } from './policy/retry.js';
import type { ReplyMemory } from './reply-memory.js';
import { type Reply, toReply } from './reply.js';
import { createSigningKeys, signRequest } from './sign.js';

/** The result of an operation. */
export interface Answer<Result> {
  readonly result: Result;
  readonly requestId: string | undefined;
  /** When the successful attempt was sent, by the upstream's clock. */
  readonly sentAt: Date;
  /** When it was answered, by its Date header or else the known upstream clock. */
  readonly answeredAt: Date;
  /** When the signing credential expires, if known. */
  readonly credentialExpiresAt?: Date | undefined;
  /** Bytes of memory that the response and the result take. */
  readonly weight: number;
}

export interface SendOptions {
  /** Aborting cancels waits, and the operation unless it has been sent. */
  readonly signal?: StopSignal | undefined;
  /** Of an enclosing call, with its signal; replaces `signal` and the operation's own deadline. */
  readonly deadline?: Deadline | undefined;
  /** The caller for fair queueing; calls without one share a turn. */
  readonly callerId?: string;
  /** The HTTP request it is made for. */
  readonly scope?: RequestScope | undefined;
}

/**
 * Sends operations. Rejects only with UpstreamError: UPSTREAM_THROTTLED, UPSTREAM_TIMEOUT,
 * UPSTREAM_UNAVAILABLE, UPSTREAM_BAD_RESPONSE, UPSTREAM_AUTH, or its subclass NotFoundError.
 */
export interface UpstreamClient {
  send<Result>(operation: ApiOperation<Result>, options?: SendOptions): Promise<Answer<Result>>;
  status(): UpstreamStatus;
  /** The upstream's time as far as known: the corrected host time, in epoch milliseconds. */
  now(): number;
  /** Closes idle connections and waits for calls in flight. */
  close(): Promise<void>;
}

export interface UpstreamClientOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly credentials: Credentials;
  /** Replaces `credentials` if they can be renewed. */
  readonly credentialSource?: CredentialSource | undefined;
  /** Deadline of one call across queueing, waits and all attempts. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly maxRetries: number;
  /** The upper bound of the adaptive limit of attempts in flight. */
  readonly maxConcurrency: number;
  readonly logger: Logger;
  /** Absent for direct connections. */
  readonly proxy?: ProxyConfig | undefined;
  /** Called after each attempt. */
  readonly onAttempt?: ((attempt: UpstreamAttempt) => void) | undefined;
  /** Called with each wait for the call budget, in milliseconds. */
  readonly onBudgetWait?: ((ms: number) => void) | undefined;
  /** Called after each decrease of the limit of attempts in flight. */
  readonly onLimitDecrease?: ((decrease: LimitDecrease) => void) | undefined;
  /** Called for each response with unreadable parts. */
  readonly onUnreadable?:
    ((operation: ApiOperationName, unreadable: Unreadable) => void) | undefined;
  /** The call budget of the account. */
  readonly budget: Budget;
  /** Limits the memory of replies. */
  readonly memory: ReplyMemory;
  readonly lanes?: Pick<LaneOptions, 'minAttempts' | 'now'>;
  /** Retries that can be saved; by default as many as calls can be in flight. */
  readonly retryReserve?: number;
  /** The host clock, in epoch milliseconds. */
  readonly now?: () => number;
  /** Returns a number from 0 up to 1. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/** A call under way. */
interface Call {
  readonly operation: ApiOperation<unknown>;
  readonly callerId: string;
  readonly scope: RequestScope | undefined;
  readonly deadline: Deadline;
  readonly lane: Lane;
  readonly span: Span | null;
  attempts: number;
}

/** Callers can name any region; the least recently used lane is forgotten. */
const MAX_LANES = 1000;

/**
 * Creates the client of the upstream API. An attempt waits for its turn and the call budget, is
 * signed, sent and judged; what its end means for lane, limit, clock and retry is in `outcome.ts`.
 */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, timeoutMs, attemptTimeoutMs, maxRetries, maxConcurrency, logger } = options;
  const { budget, memory, random = Math.random, wait = waitByTimer } = options;
  const now = options.now ?? (() => Date.now());
  const { host } = new URL(origin);
  const credentialSource = options.credentialSource ?? fixedCredentials(options.credentials);
  const limit = createConcurrencyLimit({
    max: maxConcurrency,
    onDecrease: reportDecreases(options),
  });
  const queue = createFairQueue(() => limit.current());
  // Enough to repeat all calls in flight, for example when the upstream restarts: as many as the
  // limit can ever allow, since those of a burst fail before it adapts.
  const retryBudget = createRetryBudget(options.retryReserve ?? maxConcurrency);
  const clock = createUpstreamClock(logger);
  const deriveKey = createSigningKeys();
  const transport = createHttpTransport({
    origin,
    maxConnections: maxConcurrency,
    connectTimeoutMs: attemptTimeoutMs,
    memory,
    proxy: options.proxy,
  });
  const lanes = new LRUCache<string, Lane>({
    max: MAX_LANES,
    dispose: (lane) => {
      lane.close();
    },
    memoMethod: (key) => {
      const [operation, regionId] = key.split(' ');
      const onChange = (state: 'open' | 'closed'): void => {
        const level = state === 'open' ? 'warn' : 'info';
        const word = state === 'open' ? 'opened' : 'closed';
        logger[level]({ operation, regionId }, `circuit breaker ${word}`);
      };
      return createLane({ timeoutMs, wait, random, onChange, ...options.lanes });
    },
  });
  let calls = 0;
  let onIdle = (): void => undefined;

  /** Begins an attempt once it is permitted; it then has a place in the queue. */
  async function admit({ callerId, deadline, lane }: Call): Promise<Window> {
    for (;;) {
      deadline.check();
      // Also before queueing: with an open breaker, nothing waits.
      lane.check();
      const place = queue.enter(callerId, deadline);
      if (place) await place;
      let pause = 0;
      try {
        lane.check();
        const taken = budget.take(callerId);
        pause = typeof taken === 'number' ? taken : await taken;
        deadline.check();
        if (pause === 0) return lane.begin();
      } catch (error) {
        queue.leave();
        throw error;
      }
      // Others can have the place meanwhile.
      queue.leave();
      options.onBudgetWait?.(pause);
      if (pause >= deadline.remaining()) throw exhausted(pause);
      await wait(pause, deadline.signal);
    }
  }

  /** Signs and sends one request. */
  async function exchange(
    { operation, deadline }: Call,
    clockOffset: number,
  ): Promise<AttemptOutcome> {
    const sentAt = now() + clockOffset;
    const credentials = credentialSource.current();
    const request = signRequest(operation, {
      host,
      credentials,
      time: sentAt,
      nonce: randomUUID(),
      deriveKey,
    });
    const ms = Math.min(attemptTimeoutMs, deadline.remaining());
    const end = await transport.get(request, ms, deadline.signal);
    if (end.kind === 'timed-out') return { ...end, cutShort: ms < attemptTimeoutMs / 2 };
    if (end.kind !== 'response') return end;
    const reply = toReply(end, now());
    const answeredAt = now() + (reply.clockOffset ?? clockOffset);
    return { kind: 'answered', reply, credentials, sentAt, answeredAt };
  }

  async function attempt(
    call: Call,
    turn: Turn = 'free',
    trialOffset?: number,
  ): Promise<AttemptOutcome> {
    let window: Window | undefined;
    let sent: SentCall | undefined;
    let outcome: AttemptOutcome | undefined;
    let verdict: Verdict | undefined;
    try {
      window = await admit(call);
      sent = limit.begin(call.operation.name);
      outcome = await exchange(call, trialOffset ?? clock.offset());
      verdict = judge(outcome);
      if (trialOffset !== undefined && verdict.code === null) clock.keep(trialOffset);
      return outcome;
    } finally {
      call.lane.end(window, verdict, turn);
      if (sent) {
        limit.end(sent, verdict);
        queue.leave();
        record(call, outcome, sent.at);
      }
    }
  }

  function record(call: Call, outcome: AttemptOutcome | undefined, startedAt: number): void {
    const { scope, span, operation } = call;
    const status = outcome?.kind === 'answered' ? outcome.reply.httpStatus : undefined;
    const code = outcome ? codeOf(outcome) : 'ABORTED';
    const attempt = (call.attempts += 1);
    const durationMs = Math.round(performance.now() - startedAt);
    const { name, regionId } = operation;
    const event = { operation: name, regionId, attempt, status, code, durationMs };
    logger.debug({ httpRequestId: scope?.requestId, ...event }, 'upstream attempt');
    options.onAttempt?.(event);
    span?.event('attempt', {
      attempt,
      durationMs,
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(code !== undefined && { 'error.type': code }),
    });
  }

  /** Logs one line per response, however much of it is unreadable. */
  function reportUnreadable(call: Call, reply: Reply, unreadable: Unreadable): void {
    const { rows, values, reason } = unreadable;
    const { name: operation, regionId } = call.operation;
    const { requestId } = reply;
    const facts = { httpRequestId: call.scope?.requestId, requestId, operation, regionId };
    logger.warn(
      { ...facts, count: rows + values, rows, values, reason },
      'skipped unreadable parts of an upstream response',
    );
    options.onUnreadable?.(operation, unreadable);
  }

  function parse<Result>(
    call: Call,
    operation: ApiOperation<Result>,
    outcome: AttemptOutcome,
  ): Answer<Result> {
    const { reply, credentials, sentAt, answeredAt } = toSuccess(outcome);
    try {
      const result = operation.parse(reply.result, (skipped) => {
        reportUnreadable(call, reply, skipped);
      });
      return {
        result,
        requestId: reply.requestId,
        sentAt: new Date(sentAt),
        answeredAt: new Date(answeredAt),
        credentialExpiresAt: credentials.expiresAt,
        weight: reply.weight,
      };
    } catch (error) {
      if (!(error instanceof ZodError)) throw error;
      throw unreadable(reply, `unexpected ${error.issues[0]?.path.join('.') || 'result'}`);
    }
  }

  return {
    send: async (
      operation,
      { signal, callerId = '', scope, deadline = new Deadline(timeoutMs, signal) } = {},
    ) => {
      const { name, regionId } = operation;
      const lane = lanes.memo(`${name} ${regionId}`);
      const span = scope?.span?.child(name, 'client') ?? null;
      const call = { operation, callerId, scope, deadline, lane, span, attempts: 0 };
      scope?.upstreamCalls.set(name, (scope.upstreamCalls.get(name) ?? 0) + 1);
      retryBudget.countCall();
      calls += 1;
      try {
        let outcome = await attempt(call);
        if (judge(outcome).code !== null) {
          const again: Attempt = (turn, offset) => attempt(call, turn, offset);
          const by = { credentialSource, maxRetries, budget: retryBudget, wait, random };
          outcome = await retry(outcome, again, { ...by, lane, deadline });
        }
        const answer = parse(call, operation, outcome);
        span?.end();
        return answer;
      } catch (error) {
        span?.end({ error: errorCodeOf(error) ?? 'ABORTED' });
        throw error;
      } finally {
        calls -= 1;
        if (calls === 0) onIdle();
      }
    },
    status: () => ({
      queued: queue.waiting(),
      inFlight: queue.running(),
      concurrencyLimit: limit.current(),
      breaker: worstOf([...lanes.values()].map((lane) => lane.breaker())),
    }),
    now: () => now() + clock.offset(),
    close: async () => {
      if (calls > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      lanes.clear();
      await transport.close();
    },
  };
}

/** Credentials that never change. */
function fixedCredentials(credentials: Credentials): CredentialSource {
  return { current: () => credentials, renew: () => Promise.resolve(false) };
}

function worstOf(states: readonly BreakerState[]): BreakerState {
  return (['open', 'half-open'] as const).find((state) => states.includes(state)) ?? 'closed';
}

/** Logs one line a minute: an upstream with a limit of its own lowers ours again and again. */
function reportDecreases({
  logger,
  onLimitDecrease,
}: UpstreamClientOptions): (decrease: LimitDecrease) => void {
  let last: LimitDecrease | undefined;
  const line = byRate((count) => {
    logger.info({ ...last, count }, 'lowered the limit of concurrent upstream calls');
  });
  return (decrease) => {
    last = decrease;
    line.happened();
    onLimitDecrease?.(decrease);
  };
}
