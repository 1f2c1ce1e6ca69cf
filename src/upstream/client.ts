import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ZodError } from 'zod';
import type { Credentials, ProxyConfig } from '../config/config.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { StopSignal } from '../domain/stop-signal.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import { type AttemptEvent, createAttempts } from './attempt.js';
import { type CredentialSource, fixedCredentials } from './credential-source.js';
import { toSuccess, unreadable } from './failure.js';
import { createHttpTransport } from './http-transport.js';
import type { ApiOperation, ApiOperationName } from './operation.js';
import type { Unreadable } from './operations/unreadable.js';
import type { AttemptOutcome } from './outcome.js';
import { createAdmission } from './policy/admission.js';
import { createBreaker, type Breaker, type BreakerState } from './policy/breaker.js';
import { createMemoryBudget, type Budget } from './policy/budget.js';
import { createClockCorrection, createUpstreamClock } from './policy/clock-skew.js';
import { createConcurrencyLimit, type LimitDecrease } from './policy/concurrency-limit.js';
import { type Deadline, startDeadline } from './policy/deadline.js';
import { createFairQueue, type FairQueue } from './policy/fair-queue.js';
import { createRetryBudget, type RetryBudget } from './policy/retry-budget.js';
import { retry } from './policy/retry.js';
import { createThrottleGate, type ThrottleGate } from './policy/throttle-gate.js';
import { wait as waitByTimer, type Wait } from './policy/wait.js';
import { createReplyMemory, type ReplyMemory } from './reply-memory.js';

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
  readonly signal?: StopSignal;
  /**
   * The deadline of an enclosing call, which already follows `signal`; replaces the operation's
   * own.
   */
  readonly deadline?: Deadline;
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

/** The current state of the client. */
export interface UpstreamStatus {
  /** Queued attempts. */
  readonly queued: number;
  /** Attempts in flight. */
  readonly inFlight: number;
  /** The current limit of attempts in flight. */
  readonly concurrencyLimit: number;
  /** The worst of all operations and regions. */
  readonly breaker: BreakerState;
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
  readonly maxPerMinute: number;
  readonly logger: Logger;
  /** Absent for direct connections. */
  readonly proxy?: ProxyConfig | undefined;
  readonly onAttempt?: ((event: AttemptEvent, scope: RequestScope | undefined) => void) | undefined;
  /** Called with each wait for the call budget, in milliseconds. */
  readonly onBudgetWait?: ((ms: number) => void) | undefined;
  /** Called after each decrease of the limit of attempts in flight. */
  readonly onLimitDecrease?: ((decrease: LimitDecrease) => void) | undefined;
  /** Called for each response with unreadable parts. */
  readonly onUnreadable?:
    ((operation: ApiOperationName, unreadable: Unreadable) => void) | undefined;
  /** Replaces a fair queue with the adaptive limit. */
  readonly queue?: FairQueue | undefined;
  /** Replaces the process's own budget of `maxPerMinute`. */
  readonly budget?: Budget | undefined;
  /** Replaces the client's own limit of the memory of replies. */
  readonly memory?: ReplyMemory | undefined;
  /** Creates the breaker of an operation in a region. */
  readonly newBreaker?: (() => Breaker) | undefined;
  readonly retryBudget?: RetryBudget | undefined;
  /** The host clock, in epoch milliseconds. */
  readonly now?: () => number;
  readonly nonce?: () => string;
  /** Returns a number from 0 up to 1. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/**
 * Creates the client of the upstream API: retry -> breaker -> queue (limit) -> budget -> sign ->
 * HTTP -> parse.
 */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, attemptTimeoutMs, maxRetries, maxConcurrency, logger } = options;
  const {
    now = () => Date.now(),
    nonce = randomUUID,
    random = Math.random,
    wait = waitByTimer,
  } = options;
  const credentialSource = options.credentialSource ?? fixedCredentials(options.credentials);
  const report = reportDecreases(logger);
  const limit = createConcurrencyLimit({
    max: maxConcurrency,
    onDecrease: (decrease) => {
      report(decrease);
      options.onLimitDecrease?.(decrease);
    },
  });
  const queue = options.queue ?? createFairQueue(() => limit.current());
  const budget = options.budget ?? createMemoryBudget(options.maxPerMinute);
  // Enough to repeat all calls in flight, for example when the upstream restarts: as many as the
  // limit can ever allow, since those of a burst fail before it adapts.
  const retryBudget = options.retryBudget ?? createRetryBudget({ reserve: maxConcurrency, now });
  const clock = createUpstreamClock();
  const transport = createHttpTransport({
    origin,
    maxConnections: maxConcurrency,
    connectTimeoutMs: attemptTimeoutMs,
    memory: options.memory ?? createReplyMemory(),
    proxy: options.proxy,
  });
  const attemptsOf = createAttempts({
    transport,
    host: new URL(origin).host,
    credentialSource,
    timeoutMs: attemptTimeoutMs,
    admit: createAdmission({ queue, budget, wait, onBudgetWait: options.onBudgetWait }),
    queue,
    limit,
    clock,
    clockCorrection: createClockCorrection(clock, logger),
    now,
    nonce,
    onAttempt: (event, scope) => {
      logger.debug(event, 'upstream attempt');
      options.onAttempt?.(event, scope);
    },
  });
  const lanes = new LRUCache<string, Lane>({ max: MAX_LANES, dispose: ({ gate }) => gate.end() });
  const laneOf = ({ name, regionId }: ApiOperation<unknown>): Lane => {
    const key = `${name} ${regionId}`;
    const known = lanes.get(key);
    if (known) return known;
    const onChange = reportBreaker(logger, { operation: name, regionId });
    const lane = {
      breaker: options.newBreaker?.() ?? createBreaker({ onChange }),
      gate: createThrottleGate({ timeoutMs: options.timeoutMs, wait, random }),
    };
    lanes.set(key, lane);
    return lane;
  };
  const onUnreadable = reportUnreadable(options);
  let calls = 0;
  let onIdle = (): void => undefined;

  return {
    send: async (operation, { signal, callerId = '', scope, deadline: outer } = {}) => {
      const deadline = outer ?? startDeadline(options.timeoutMs, signal);
      const { breaker, gate } = laneOf(operation);
      calls += 1;
      try {
        const outcome = await retry(attemptsOf({ operation, callerId, breaker, deadline, scope }), {
          credentialSource,
          maxRetries,
          budget: retryBudget,
          gate,
          isRefused: () => breaker.isRefusing(),
          deadline,
          wait,
          random,
        });
        return toAnswer(operation, outcome, scope, onUnreadable);
      } finally {
        calls -= 1;
        if (calls === 0) onIdle();
        if (!outer) deadline.clear();
      }
    },
    status: () => ({
      queued: queue.waiting(),
      inFlight: queue.running(),
      concurrencyLimit: limit.current(),
      breaker: worstOf([...lanes.values()].map(({ breaker }) => breaker.state())),
    }),
    now: () => now() + clock.offset(),
    close: async () => {
      if (calls > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      lanes.clear();
      await transport.close();
    },
  };
}

/** What judges an operation in a region, apart from all others: each can fail alone. */
interface Lane {
  readonly breaker: Breaker;
  readonly gate: ThrottleGate;
}

/** Callers can name any region; the least recently used lane is forgotten. */
const MAX_LANES = 1000;

function worstOf(states: readonly BreakerState[]): BreakerState {
  return states.find((state) => state === 'open') ?? states.find(isNotClosed) ?? 'closed';
}

function isNotClosed(state: BreakerState): boolean {
  return state !== 'closed';
}

function reportBreaker(
  logger: Logger,
  of: Readonly<Record<'operation' | 'regionId', string>>,
): (state: BreakerState) => void {
  return (state) => {
    if (state === 'open') logger.warn(of, 'circuit breaker opened');
    if (state === 'closed') logger.info(of, 'circuit breaker closed');
  };
}

/** Logs one line a minute: an upstream with a limit of its own lowers ours again and again. */
function reportDecreases(logger: Logger): (decrease: LimitDecrease) => void {
  let last: LimitDecrease | undefined;
  const line = byRate((count) => {
    logger.info({ ...last, count }, 'lowered the limit of concurrent upstream calls');
  });
  return (decrease) => {
    last = decrease;
    line.happened();
  };
}

type OnUnreadable = (
  unreadable: Unreadable,
  operation: ApiOperation<unknown>,
  requestId: string | undefined,
  scope: RequestScope | undefined,
) => void;

/** Logs one line per response, however much of it is unreadable. */
function reportUnreadable({ logger, onUnreadable }: UpstreamClientOptions): OnUnreadable {
  return (unreadable, { name, regionId }, requestId, scope) => {
    const { rows, values, reason } = unreadable;
    const facts = { httpRequestId: scope?.requestId, requestId, operation: name, regionId };
    logger.warn(
      { ...facts, count: rows + values, rows, values, reason },
      'skipped unreadable parts of an upstream response',
    );
    onUnreadable?.(name, unreadable);
  };
}

function toAnswer<Result>(
  operation: ApiOperation<Result>,
  outcome: AttemptOutcome,
  scope: RequestScope | undefined,
  onUnreadable: OnUnreadable,
): Answer<Result> {
  const { reply, credentials, sentAt, answeredAt } = toSuccess(outcome);
  try {
    const result = operation.parse(reply.result, (unreadable) => {
      onUnreadable(unreadable, operation, reply.requestId, scope);
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
