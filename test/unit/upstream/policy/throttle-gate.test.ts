import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AttemptOutcome } from '../../../../src/upstream/outcome.js';
import { type Deadline, startDeadline } from '../../../../src/upstream/policy/deadline.js';
import { createThrottleGate } from '../../../../src/upstream/policy/throttle-gate.js';
import { wait } from '../../../../src/upstream/policy/wait.js';
import { toReply } from '../../../../src/upstream/reply.js';
import { TEST_CREDENTIALS } from '../../../helpers/upstream-client.js';

const answered = (status: number, headers = {}): AttemptOutcome => {
  const reply = toReply({ status, headers, body: '{"result":{}}', weight: 2 }, 0);
  return { kind: 'answered', reply, credentials: TEST_CREDENTIALS, sentAt: 0, answeredAt: 0 };
};
const THROTTLED = answered(429);
const GOOD = answered(200);
const TIMEOUT_MS = 10_000;

let deadlines: Deadline[] = [];
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  for (const deadline of deadlines) deadline.clear();
  deadlines = [];
  jest.useRealTimers();
});

const deadlineIn = (ms = TIMEOUT_MS, signal?: AbortSignal): Deadline => {
  const deadline = startDeadline(ms, signal);
  deadlines.push(deadline);
  return deadline;
};
const openGate = () => createThrottleGate({ timeoutMs: TIMEOUT_MS, wait, random: () => 0.5 });

/** A closed gate, and what those that entered it got, in their order. */
function closedGate() {
  const gate = openGate();
  const passes: string[] = [];
  gate.learn(THROTTLED);
  const enter = (deadline = deadlineIn()) => {
    void gate.enter(deadline).then(
      (pass) => passes.push(pass),
      (error: unknown) => passes.push((error as Error).message),
    );
  };
  return { gate, passes, enter };
}

describe('the throttle gate', () => {
  it.each<[string, AttemptOutcome]>([
    ['200', GOOD],
    ['404', answered(404)],
    ['500', answered(500)],
    ['429 with Retry-After', answered(429, { 'retry-after': '1' })],
    ['a broken connection', { kind: 'broken', code: 'ECONNRESET', onIdleSocket: false }],
  ])('stays open by %s', async (_, outcome) => {
    const gate = openGate();
    gate.learn(outcome);

    expect(await gate.enter(deadlineIn())).toBe('open');
  });

  it('allows a probe after a pause that doubles up to a second', async () => {
    const { gate, passes, enter } = closedGate();
    for (let call = 0; call < 7; call += 1) enter();
    for (const [index, pause] of [100, 200, 400, 800, 1000, 1000].entries()) {
      await jest.advanceTimersByTimeAsync(pause - 1);
      expect(passes).toHaveLength(index);
      await jest.advanceTimersByTimeAsync(1);
      expect(passes).toEqual(Array(index + 1).fill('probe'));
      await gate.probe(() => Promise.resolve(THROTTLED));
    }
  });

  it('opens for all when a probe succeeds, within half of the last pause', async () => {
    const { gate, passes, enter } = closedGate();
    for (let call = 0; call < 5; call += 1) enter();
    await jest.advanceTimersByTimeAsync(100);
    await gate.probe(() => Promise.resolve(GOOD));
    expect(passes).toEqual(['probe']);
    await jest.advanceTimersByTimeAsync(50);

    expect(passes).toEqual(['probe', 'open', 'open', 'open', 'open']);
  });

  it('opens when any other call succeeds', async () => {
    const { gate, passes, enter } = closedGate();
    enter();
    gate.learn(GOOD);
    await jest.advanceTimersByTimeAsync(50);

    expect(passes).toEqual(['open']);
  });

  it('closes again if a probe is throttled after it opened', async () => {
    const { gate, passes, enter } = closedGate();
    enter();
    await jest.advanceTimersByTimeAsync(100);
    gate.learn(GOOD);
    await gate.probe(() => Promise.resolve(THROTTLED));
    enter();
    await jest.advanceTimersByTimeAsync(99);
    expect(passes).toEqual(['probe']);
    await jest.advanceTimersByTimeAsync(1);

    expect(passes).toEqual(['probe', 'probe']);
  });

  it.each<[string, () => Promise<AttemptOutcome>]>([
    ['its caller is gone', () => Promise.reject(new Error('gone'))],
    ['nothing came back', () => Promise.resolve({ kind: 'timed-out', cutShort: true })],
  ])('allows the next probe immediately if of the last %s', async (_, attempt) => {
    const { gate, passes, enter } = closedGate();
    enter();
    enter();
    await jest.advanceTimersByTimeAsync(100);
    await gate.probe(attempt).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(0);

    expect(passes).toEqual(['probe', 'probe']);
  });

  it('allows the next probe if the first makes no attempt', async () => {
    const { gate, passes, enter } = closedGate();
    enter();
    enter();
    await jest.advanceTimersByTimeAsync(100);
    gate.leave();
    await jest.advanceTimersByTimeAsync(0);

    expect(passes).toEqual(['probe', 'probe']);
  });

  it('is left at the deadline, and when a caller aborts', async () => {
    const { passes, enter } = closedGate();
    enter();
    await jest.advanceTimersByTimeAsync(100);
    const caller = new AbortController();
    enter(deadlineIn(500));
    enter(deadlineIn(TIMEOUT_MS, caller.signal));
    caller.abort(new Error('gone'));
    await jest.advanceTimersByTimeAsync(500);

    expect(passes).toEqual(['probe', 'gone', 'closed']);
  });

  it('is not awaited once closed for longer than a call can take', async () => {
    const { passes, enter } = closedGate();
    enter();
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS + 1);
    enter();
    await jest.advanceTimersByTimeAsync(0);

    expect(passes).toEqual(['probe', 'closed']);
  });

  it('releases its timer', () => {
    const { gate } = closedGate();
    expect(jest.getTimerCount()).toBe(1);
    gate.end();

    expect(jest.getTimerCount()).toBe(0);
  });
});
