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

/** Keeps calls from an endpoint that is out of order, so that they fail at once and it can recover. */
export interface Breaker {
  /** @throws UpstreamError UPSTREAM_UNAVAILABLE with `retryAfter` where no attempt is let through */
  check(): void;
  /** Makes an attempt and learns from its outcome. @throws as `check` does */
  run(attempt: Attempt): Promise<AttemptOutcome>;
  state(): BreakerState;
}

export interface BreakerOptions {
  /** How long no attempt is let through; then one may try. */
  readonly halfOpenAfterMs?: number;
  readonly onChange?: ((state: BreakerState) => void) | undefined;
}

const HALF_OPEN_AFTER_MS = 5000;

/** Opens when more than half of the last 40 attempts, of 20 at least, met an endpoint out of order. */
const WINDOW = { threshold: 0.5, size: 40, minimumNumberOfCalls: 20 };

/**
 * A breaker for one endpoint. Refusals, throttling and answers nobody can read say nothing of it. A probe
 * that ends without a word about the endpoint, as when its caller leaves, leaves the breaker open, and the
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
      // It may have waited for another probe, which closed the breaker.
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

/** Carries the end of a probe past the breaker, which would take it for the answer of the endpoint. */
class UndecidedProbe extends Error {
  override readonly name = 'UndecidedProbe';

  constructor(
    /** Absent where the attempt threw `cause`. */
    readonly outcome: AttemptOutcome | undefined,
    options?: ErrorOptions,
  ) {
    super('The probe says nothing of the endpoint.', options);
  }
}

/**
 * The time for which no attempt is let through. It is over by the clock of the day, which goes on while the
 * machine sleeps, or by that of the process, which never goes back.
 */
function createPause() {
  let [dayEnd, processEnd] = [0, 0];
  const remaining = (): number => Math.min(dayEnd - Date.now(), processEnd - performance.now());
  const backoff = {
    // The breaker compares it with the time by the clock of the day, of whatever sign.
    get duration(): number {
      return remaining() > 0 ? Infinity : -Infinity;
    },
    next: () => backoff,
  };
  return {
    start: (ms: number): void => {
      [dayEnd, processEnd] = [Date.now() + ms, performance.now() + ms];
    },
    /** Milliseconds; none where it is not above 0. */
    remaining,
    halfOpenAfter: backoff,
  };
}

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  // Nobody holds it open by hand.
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

/** Whether it says how the endpoint is. */
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
    'The upstream is out of order and is given time to recover: ask again later.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}
