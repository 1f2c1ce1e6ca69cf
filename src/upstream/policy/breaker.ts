import {
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { UpstreamError } from '../../domain/errors.js';
import type { Attempt, AttemptOutcome } from '../attempt.js';

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

/** A breaker for one endpoint. Refusals, throttling and answers nobody can read say nothing of it. */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { halfOpenAfterMs = HALF_OPEN_AFTER_MS, onChange } = options;
  const outage = handleWhen(isTimeout).orWhenResult((outcome) =>
    isOutOfOrder(outcome as AttemptOutcome),
  );
  const breaker = circuitBreaker(outage, {
    halfOpenAfter: halfOpenAfterMs,
    breaker: new CountBreaker(WINDOW),
  });
  let openUntil = 0;
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openUntil = Date.now() + halfOpenAfterMs;
    onChange?.(NAMES[state]);
  });

  return {
    check: () => {
      const isProbing = breaker.state === CircuitState.HalfOpen;
      if (isProbing || Date.now() < openUntil) throw refused(openUntil);
    },
    run: async (attempt) => {
      try {
        return await breaker.execute(attempt);
      } catch (error) {
        throw isBrokenCircuitError(error) ? refused(openUntil) : error;
      }
    },
    state: () => NAMES[breaker.state],
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
      const { status, retryAfter } = outcome.reply;
      return status >= 500 && !(status === 503 && retryAfter !== undefined);
    }
    case 'broken':
      return !outcome.onIdleSocket;
    case 'timed-out':
      return true;
    case 'oversized':
      return false;
  }
}

/** The deadline of the call ended the attempt; a caller that is gone is another error. */
function isTimeout(error: Error): boolean {
  return error instanceof UpstreamError && error.code === 'UPSTREAM_TIMEOUT';
}

function refused(openUntil: number): UpstreamError {
  const retryAfter = Math.max(1, Math.ceil((openUntil - Date.now()) / 1000));
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The upstream is out of order and is given time to recover: ask again later.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}
