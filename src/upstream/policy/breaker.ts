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
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

const HALF_OPEN_AFTER_MS = 5000;

/** Opens when more than half of the last 40 attempts, and at least 20, found the endpoint failing. */
const WINDOW_SIZE = 40;
const MIN_ATTEMPTS = 20;
const MAX_FAILING_SHARE = 0.5;

/**
 * Creates a breaker for one endpoint. Rejections, throttling and unreadable responses do not count
 * as failing; inconclusive attempts, for example one whose caller aborted, do not count at all. An
 * inconclusive probe leaves the breaker open, and the next attempt probes.
 */
export function createBreaker({
  halfOpenAfterMs = HALF_OPEN_AFTER_MS,
  onChange,
  now = () => performance.now(),
}: BreakerOptions = {}): Breaker {
  let state: BreakerState = 'closed';
  let openUntil = 0;
  /** Whether each of the last attempts found the endpoint failing. */
  let recent: boolean[] = [];

  function change(next: BreakerState): void {
    state = next;
    onChange?.(next);
  }

  function open(): void {
    openUntil = now() + halfOpenAfterMs;
    change('open');
  }

  function record(window: boolean[], isFailing: boolean): void {
    window.push(isFailing);
    if (window.length > WINDOW_SIZE) window.shift();
    // An attempt that began before the breaker opened says nothing new.
    const isCurrent = window === recent && state === 'closed';
    if (!isFailing || !isCurrent || window.length < MIN_ATTEMPTS) return;
    const failing = window.filter(Boolean).length;
    if (failing / window.length > MAX_FAILING_SHARE) open();
  }

  async function probe(attempt: Attempt): Promise<AttemptOutcome> {
    change('half-open');
    let isFailing: boolean | null = null;
    try {
      const outcome = await attempt();
      isFailing = judge(outcome);
      return outcome;
    } catch (error) {
      if (isTimeout(error)) isFailing = true;
      throw error;
    } finally {
      if (isFailing === null) state = 'open';
      else if (isFailing) open();
      else {
        recent = [false];
        change('closed');
      }
    }
  }

  function check(): void {
    const remaining = openUntil - now();
    if (state === 'half-open' || (state === 'open' && remaining > 0)) throw refused(remaining);
  }

  return {
    check,
    async run(attempt) {
      check();
      if (state === 'open') return probe(attempt);
      const window = recent;
      try {
        const outcome = await attempt();
        const isFailing = judge(outcome);
        if (isFailing !== null) record(window, isFailing);
        return outcome;
      } catch (error) {
        if (isTimeout(error)) record(window, true);
        throw error;
      }
    },
    state: () => state,
  };
}

/** Whether an outcome shows the endpoint failing; null if it is inconclusive. */
function judge(outcome: AttemptOutcome): boolean | null {
  switch (outcome.kind) {
    case 'answered': {
      const { status, retryAfter, errorStatus } = outcome.reply;
      if (status === 503 && (retryAfter !== undefined || errorStatus === STORE_AWAY)) return false;
      return status >= 500;
    }
    case 'broken':
      return outcome.onIdleSocket ? null : true;
    case 'timed-out':
      return outcome.cutShort ? null : true;
    case 'oversized':
      return false;
    case 'unheld':
      return null;
  }
}

/**
 * The embedded upstream's status while its object storage is away: it works itself, and lists what
 * it knows.
 */
const STORE_AWAY = 'STORE_UNAVAILABLE';

function refused(remainingMs: number): UpstreamError {
  const retryAfter = Math.max(1, Math.ceil(remainingMs / 1000));
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The upstream is failing and the circuit breaker is open; retry after `retryAfter` seconds.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}
