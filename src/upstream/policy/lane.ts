import { createStopController } from '../../domain/stop-signal.js';
import { UpstreamError } from '../../domain/errors.js';
import type { Verdict } from '../outcome.js';
import type { Deadline, Wait } from './deadline.js';

/** Of the circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * What is known of one operation in one region, which can fail alone. If it fails, a circuit breaker
 * refuses its calls; if it is throttled without a `Retry-After`, its retries are held back. Both end
 * by a probe, one attempt at a time.
 */
export interface Lane {
  /** @throws UpstreamError UPSTREAM_UNAVAILABLE with `retryAfter` if no attempt is allowed */
  check(): void;
  isRefusing(): boolean;
  /** Begins an attempt. @throws like `check` */
  begin(): Window;
  /**
   * Ends it; without a window if it did not begin, and without a verdict if it tells nothing, for
   * example because its caller left.
   */
  end(window: Window | undefined, verdict: Verdict | undefined, turn: Turn): void;
  /**
   * Waits until a throttled call can be retried.
   * @throws like the deadline
   */
  turn(deadline: Deadline): Promise<Turn | 'none'>;
  breaker(): BreakerState;
  /** Releases its timer. */
  close(): void;
}

/** Whether each of the last attempts failed. */
export type Window = boolean[];

/** Of the probe of a breaker, which is not counted. */
const PROBE: Window = [];

/** Whether an attempt probes if throttling is over. */
export type Turn = 'free' | 'probe';

export interface LaneOptions {
  /** Deadline of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly wait: Wait;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
  /** Attempts before the breaker can open. */
  readonly minAttempts?: number | undefined;
  /** Called when the breaker opens or closes. */
  readonly onChange?: ((state: 'open' | 'closed') => void) | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** The breaker opens when more than half of the last 40 attempts, and at least 20, failed. */
const WINDOW_SIZE = 40;
const MIN_ATTEMPTS = 20;
const MAX_FAILING_SHARE = 0.5;
/** Milliseconds until an open breaker allows a probe. */
const OPEN_MS = 5000;

/** Milliseconds until held retries have a probe; doubles after each throttled one. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 1000;

export function createLane(options: LaneOptions): Lane {
  const { timeoutMs, wait, random, onChange, minAttempts = MIN_ATTEMPTS } = options;
  const now = options.now ?? (() => performance.now());
  const closed = createStopController();
  let state: 'working' | 'throttled' | 'failing' = 'working';
  let isProbing = false;
  let recent: Window = [];
  /** When it began to fail or to be throttled. */
  let since = 0;
  let pause = FIRST_PAUSE_MS;
  /** Whether the pause of throttled calls is over, and none probes. */
  let isDue = false;
  let pauses = 0;
  let changed = createEvent();

  function change(next: typeof state): void {
    const wasFailing = state === 'failing';
    state = next;
    since = now();
    isDue = false;
    if (next === 'failing') onChange?.('open');
    else if (wasFailing) onChange?.('closed');
    tell();
  }

  function tell(): void {
    const { happen } = changed;
    changed = createEvent();
    happen();
  }

  function allowProbe(): void {
    isDue = true;
    tell();
  }

  function holdBack(ms: number): void {
    pause = ms;
    const number = (pauses += 1);
    wait(pause, closed.signal).then(
      () => {
        if (state === 'throttled' && number === pauses) allowProbe();
      },
      () => undefined,
    );
  }

  function count(window: Window, isFailing: boolean): void {
    window.push(isFailing);
    if (window.length > WINDOW_SIZE) window.shift();
    // An attempt that began before the breaker opened says nothing new.
    if (!isFailing || window !== recent || state === 'failing') return;
    const failures = window.filter(Boolean).length;
    if (window.length < minAttempts || failures <= MAX_FAILING_SHARE * window.length) return;
    change('failing');
  }

  function endProbe(works: boolean | null): void {
    isProbing = false;
    if (works === false) change('failing');
    if (works !== true) return;
    recent = [false];
    change('working');
  }

  const isRefusing = (): boolean => state === 'failing' && (isProbing || now() < since + OPEN_MS);

  function check(): void {
    if (isRefusing()) throw refused(since + OPEN_MS - now());
  }

  return {
    check,
    isRefusing,
    begin: () => {
      check();
      if (state !== 'failing') return recent;
      isProbing = true;
      return PROBE;
    },
    end: (window, verdict, turn) => {
      const works = verdict?.works ?? null;
      if (window === PROBE) endProbe(works);
      else if (window && works !== null) count(window, !works);
      if (state === 'failing') return;
      if (verdict?.retry === 'held') {
        if (state === 'working') {
          change('throttled');
          holdBack(FIRST_PAUSE_MS);
        } else if (turn === 'probe') holdBack(Math.min(2 * pause, LAST_PAUSE_MS));
      } else if (state === 'throttled') {
        if (works === true) change('working');
        else if (turn === 'probe') allowProbe();
      }
    },
    turn: async (deadline) => {
      let hasWaited = false;
      while (state === 'throttled') {
        if (isDue) {
          isDue = false;
          return 'probe';
        }
        // Longer than any call can wait.
        if (now() - since > timeoutMs) return 'none';
        await deadline.inTime(changed.event);
        hasWaited = true;
      }
      if (isRefusing()) return 'none';
      // Those that waited go on one by one.
      if (hasWaited) {
        await wait((random() * Math.min(pause, deadline.remaining())) / 2, deadline.signal);
      }
      return 'free';
    },
    breaker: () => (state !== 'failing' ? 'closed' : isProbing ? 'half-open' : 'open'),
    close: () => {
      closed.abort(new Error('the client is closed'));
    },
  };
}

function refused(remainingMs: number): UpstreamError {
  const retryAfter = Math.max(1, Math.ceil(remainingMs / 1000));
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The upstream is failing and the circuit breaker is open; retry after `retryAfter` seconds.',
    { details: { retryAfter }, cause: { code: 'BREAKER_OPEN' } },
  );
}

interface Event {
  readonly event: Promise<void>;
  readonly happen: () => void;
}

function createEvent(): Event {
  let happen = (): void => undefined;
  const event = new Promise<void>((resolve) => (happen = resolve));
  return { event, happen };
}
