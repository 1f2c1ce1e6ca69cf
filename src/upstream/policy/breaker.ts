import {
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { UpstreamError } from '../../domain/errors.js';
import type { Attempt, AttemptOutcome } from '../attempt-outcome.js';
import { isTimeout } from './deadline.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Stops calls to a failing endpoint, so that they fail fast and it can recover. */
export interface Breaker {
  /** @throws UpstreamError UPSTREAM_UNAVAILABLE with `retryAfter` if no attempt is allowed */
  check(): void;
  /** Makes an attempt and records its outcome. @throws like `check` */
  run(attempt: Attempt): Promise<AttemptOutcome>;
  state(): BreakerState;
}

export interface BreakerOptions {
  /** Milliseconds before a probe is allowed. */
  readonly halfOpenAfterMs?: number;
  readonly onChange?: ((state: BreakerState) => void) | undefined;
}

const HALF_OPEN_AFTER_MS = 5000;

/**
 * Opens when more than half of the last 40 attempts, and at least 20, found the endpoint failing.
 */
const WINDOW = { threshold: 0.5, size: 40, minimumNumberOfCalls: 20 };

/**
 * Creates a breaker for one endpoint. Rejections, throttling and unreadable responses do not count.
 * An inconclusive probe, for example one whose caller aborted, leaves the breaker open, and the
 * next attempt probes.
 */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { halfOpenAfterMs = HALF_OPEN_AFTER_MS, onChange } = options;
  const outage = handleWhen(
    (error) => isTimeout(error) || error instanceof UndecidedProbe,
  ).orWhenResult((outcome) => isOutOfOrder(outcome as AttemptOutcome));
  const pause = createPause();
  const breaker = circuitBreaker(outage, {
    halfOpenAfter: pause.halfOpenAfter,
    breaker: new CountBreaker(WINDOW),
  });
  let isNews = true;
  breaker.onBreak((reason) => {
    isNews = !('error' in reason && reason.error instanceof UndecidedProbe);
    if (isNews) pause.start(halfOpenAfterMs);
  });
  breaker.onStateChange((state) => {
    if (isNews || state !== CircuitState.Open) onChange?.(NAMES[state]);
  });

  const asProbe = (attempt: Attempt): Attempt => {
    return async () => {
      // It may have waited for another probe that closed the breaker.
      if (breaker.state === CircuitState.Closed) return attempt();
      const outcome = await attempt().catch((cause: unknown) => {
        throw isTimeout(cause) ? cause : new UndecidedProbe(undefined, { cause });
      });
      if (isTelling(outcome)) return outcome;
      throw new UndecidedProbe(outcome);
    };
  };

  return {
    check: () => {
      const isProbing = breaker.state === CircuitState.HalfOpen;
      const remaining = pause.remaining();
      if (isProbing || remaining > 0) throw refused(remaining);
    },
    run: async (attempt) => {
      const isClosed = breaker.state === CircuitState.Closed;
      try {
        return await breaker.execute(isClosed ? attempt : asProbe(attempt));
      } catch (error) {
        if (error instanceof UndecidedProbe && error.outcome) return error.outcome;
        if (error instanceof UndecidedProbe) throw error.cause;
        throw isBrokenCircuitError(error) ? refused(pause.remaining()) : error;
      }
    },
    state: () => NAMES[breaker.state],
  };
}

/** Carries an inconclusive probe past the breaker, which would count it as a response. */
class UndecidedProbe extends Error {
  override readonly name = 'UndecidedProbe';

  constructor(
    /** Absent if the attempt threw `cause`. */
    readonly outcome: AttemptOutcome | undefined,
    options?: ErrorOptions,
  ) {
    super('The probe says nothing of the endpoint.', options);
  }
}

/**
 * The pause without attempts. It ends by wall-clock time, which continues while the machine sleeps,
 * or by monotonic time, which never goes back, whichever is first.
 */
function createPause() {
  let [dayEnd, processEnd] = [0, 0];
  const remaining = (): number => Math.min(dayEnd - Date.now(), processEnd - performance.now());
  const backoff = {
    // The breaker compares it with wall-clock time, of either sign.
    get duration(): number {
      return remaining() > 0 ? Infinity : -Infinity;
    },
    next: () => backoff,
  };
  return {
    start: (ms: number): void => {
      [dayEnd, processEnd] = [Date.now() + ms, performance.now() + ms];
    },
    /** Milliseconds left; none if not positive. */
    remaining,
    halfOpenAfter: backoff,
  };
}

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  // Manual isolation is not used.
  [CircuitState.Isolated]: 'open',
};

function isOutOfOrder(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case 'answered': {
      const { status, retryAfter, errorStatus } = outcome.reply;
      if (status === 503 && (retryAfter !== undefined || errorStatus === STORE_AWAY)) return false;
      return status >= 500;
    }
    case 'broken':
      return !outcome.onIdleSocket;
    case 'timed-out':
      return !outcome.cutShort;
    case 'oversized':
      return false;
  }
}

/**
 * How the embedded upstream says that the object storage behind it is away: it itself is in order, and goes on to
 * list what it knows.
 */
const STORE_AWAY = 'STORE_UNAVAILABLE';

/** Whether an outcome indicates the health of the endpoint. */
function isTelling(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case 'broken':
      return !outcome.onIdleSocket;
    case 'timed-out':
      return !outcome.cutShort;
    case 'answered':
    case 'oversized':
      return true;
  }
}

function refused(remainingMs: number): UpstreamError {
  const retryAfter = Math.max(1, Math.ceil(remainingMs / 1000));
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The upstream is failing and the circuit breaker is open; retry after `retryAfter` seconds.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}
