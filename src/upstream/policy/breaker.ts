import { UpstreamError } from '../../domain/errors.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Stops calls of a failing operation, so that they fail fast and it can recover. */
export interface Breaker {
  /** @throws UpstreamError UPSTREAM_UNAVAILABLE with `retryAfter` if no attempt is allowed */
  check(): void;
  /** Whether `check` would throw. */
  isRefusing(): boolean;
  /** Begins an attempt. @throws like `check` */
  begin(): BreakerPass;
  /** Ends it: whether the operation works, or null if that is not known. */
  end(pass: BreakerPass, works: boolean | null): void;
  state(): BreakerState;
}

/** The window an attempt counts in. */
export type BreakerPass = boolean[];

export interface BreakerOptions {
  /** Milliseconds before a probe is allowed. */
  readonly halfOpenAfterMs?: number;
  readonly onChange?: ((state: BreakerState) => void) | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

const HALF_OPEN_AFTER_MS = 5000;

/** Opens when more than half of the last 40 attempts, and at least 20, failed. */
const WINDOW_SIZE = 40;
const MIN_ATTEMPTS = 20;
const MAX_FAILING_SHARE = 0.5;

/**
 * Creates a breaker for one operation in one region. Rejections, throttling and unreadable responses do not count
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
  /** Whether each of the last attempts failed. */
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

  const isRefusing = (): boolean =>
    state !== 'closed' && (state === 'half-open' || openUntil > now());

  function check(): void {
    if (isRefusing()) throw refused(openUntil - now());
  }

  return {
    check,
    isRefusing,
    begin: () => {
      check();
      if (state === 'closed') return recent;
      change('half-open');
      return PROBE;
    },
    end: (pass, works) => {
      if (pass !== PROBE) {
        if (works !== null) record(pass, !works);
      } else if (works === null) {
        state = 'open';
      } else if (works) {
        recent = [false];
        change('closed');
      } else {
        open();
      }
    },
    state: () => state,
  };
}

/** The window of a probe, which is not counted. */
const PROBE: boolean[] = [];

function refused(remainingMs: number): UpstreamError {
  const retryAfter = Math.max(1, Math.ceil(remainingMs / 1000));
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The upstream is failing and the circuit breaker is open; retry after `retryAfter` seconds.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}
