import { createStopController, orAborted } from '../../domain/stop-signal.js';
import { type Attempt, type AttemptOutcome, judge } from '../outcome.js';
import { type Deadline, isTimeout } from './deadline.js';
import type { Wait } from './wait.js';

/**
 * Holds back retries of an operation while the upstream throttles it without a `Retry-After`: one
 * call probes at a time, the others wait for the result and consume nothing.
 */
export interface ThrottleGate {
  /**
   * Waits until the gate opens or this call becomes the probe; `closed` if the gate stays closed
   * for as long as the call can wait, or has been for longer than any call can.
   * @throws the reason the caller aborted the call with
   */
  enter(deadline: Deadline): Promise<'open' | 'probe' | 'closed'>;
  /** Makes the attempt of a probe. @throws like the attempt */
  probe(attempt: Attempt): Promise<AttemptOutcome>;
  /** Called instead of `probe` if no attempt is made: the next call probes. */
  leave(): void;
  /** Records the outcome of any other attempt. */
  learn(outcome: AttemptOutcome): void;
  /** Releases its timer. */
  end(): void;
}

export interface ThrottleGateOptions {
  /** Deadline of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly wait: Wait;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

/** Milliseconds before a probe; doubles after each throttled one. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 1000;

/**
 * Creates an open gate. When it opens, waiting calls continue one by one within half of the last
 * pause.
 */
export function createThrottleGate({ timeoutMs, wait, random }: ThrottleGateOptions): ThrottleGate {
  const ended = createStopController();
  let isClosed = false;
  /** No call can probe: it is too early, or one is probing. */
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
        else if (judge(outcome).retry !== 'held') open();
        else if (isClosed) {
          pause = Math.min(2 * pause, LAST_PAUSE_MS);
          rest();
        } else close();
      }
    },
    leave: letNextTry,
    learn: (outcome) => {
      if (judge(outcome).retry === 'held') {
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
