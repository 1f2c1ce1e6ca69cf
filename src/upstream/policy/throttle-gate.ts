import { createStopController, orAborted } from '../../domain/stop-signal.js';
import type { Attempt, AttemptOutcome } from '../attempt-outcome.js';
import { type Deadline, isTimeout } from './deadline.js';
import type { Wait } from './wait.js';

/**
 * Holds the retries of one operation back while the upstream throttles it without saying for how long: one
 * at a time tries, the others wait for what it finds and spend nothing.
 */
export interface ThrottleGate {
  /**
   * Waits until the gate is open, or until this call is the one that tries; `closed` where the gate stays
   * so for as long as the call may wait, or has been for longer than any call may.
   * @throws what the caller aborted the call with
   */
  enter(deadline: Deadline): Promise<'open' | 'probe' | 'closed'>;
  /** Makes the attempt of a call that tries. @throws what the attempt does */
  probe(attempt: Attempt): Promise<AttemptOutcome>;
  /** In place of `probe`, where no attempt is made: the next call tries. */
  leave(): void;
  /** Told how any other attempt ended. */
  learn(outcome: AttemptOutcome): void;
  /** Lets go of its timer. */
  end(): void;
}

export interface ThrottleGateOptions {
  /** Deadline of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly wait: Wait;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Milliseconds before a call tries; they double after each one that is throttled. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 1000;

/** Whether the upstream takes no more calls, and does not say for how long. */
export function isThrottledForUnknown(outcome: AttemptOutcome): boolean {
  if (outcome.kind !== 'answered') return false;
  const { status, retryAfter } = outcome.reply;
  return retryAfter === undefined && (status === 429 || status === 503);
}

/** An open gate. Those that waited when it opens go on one by one, within half of the last pause. */
export function createThrottleGate({ timeoutMs, wait, random }: ThrottleGateOptions): ThrottleGate {
  const ended = createStopController();
  let isClosed = false;
  /** Nobody may try: it is too early, or somebody does. */
  let isHeld = false;
  let pause = FIRST_PAUSE_MS;
  let closedAt = 0;
  let rests = 0;
  let changed = createEvent();

  const tell = (): void => {
    const { happen } = changed;
    changed = createEvent();
    happen();
  };
  const letNextTry = (): void => {
    isHeld = false;
    tell();
  };
  const rest = (): void => {
    isHeld = true;
    const of = (rests += 1);
    wait(pause, ended.signal).then(
      () => {
        if (isClosed && of === rests) letNextTry();
      },
      () => undefined,
    );
  };
  const close = (): void => {
    isClosed = true;
    pause = FIRST_PAUSE_MS;
    closedAt = performance.now();
    rest();
  };
  const open = (): void => {
    isClosed = false;
    tell();
  };
  const goOn = async (deadline: Deadline): Promise<void> => {
    if (isClosed) return;
    const spread = Math.min(pause, deadline.remaining()) / 2;
    await wait(random() * spread, deadline.signal);
  };

  return {
    enter: async (deadline) => {
      while (isClosed) {
        if (!isHeld) {
          isHeld = true;
          return 'probe';
        }
        if (performance.now() - closedAt > timeoutMs) return 'closed';
        try {
          await orAborted(changed.event, deadline.signal);
          await goOn(deadline);
        } catch (error) {
          if (isTimeout(error)) return 'closed';
          throw error;
        }
      }
      return 'open';
    },
    probe: async (attempt) => {
      let outcome: AttemptOutcome | undefined;
      try {
        return (outcome = await attempt());
      } finally {
        if (outcome?.kind !== 'answered') letNextTry();
        else if (!isThrottledForUnknown(outcome)) open();
        else if (isClosed) {
          pause = Math.min(2 * pause, LAST_PAUSE_MS);
          rest();
        } else close();
      }
    },
    leave: letNextTry,
    learn: (outcome) => {
      if (isThrottledForUnknown(outcome)) {
        if (!isClosed) close();
      } else if (isClosed && outcome.kind === 'answered') open();
    },
    end: () => {
      ended.abort(new Error('the client is closed'));
    },
  };
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
