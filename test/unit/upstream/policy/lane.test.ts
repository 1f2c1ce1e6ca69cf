import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VERDICTS } from '../../../../src/upstream/outcome.js';
import { Deadline, wait } from '../../../../src/upstream/policy/deadline.js';
import { createLane, type Lane, type Turn } from '../../../../src/upstream/policy/lane.js';

const { success: WORKS, failed: FAILS, 'cut short': SAYS_NOTHING, throttled: THROTTLED } = VERDICTS;
const TIMEOUT_MS = 10_000;

let changes: string[] = [];
let lane: Lane;

beforeEach(() => {
  jest.useFakeTimers();
  changes = [];
  lane = createLane({
    timeoutMs: TIMEOUT_MS,
    wait,
    random: () => 0.5,
    onChange: (state) => changes.push(state),
  });
});
afterEach(() => {
  lane.close();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** Makes attempts, one after the other, that are not refused. */
function make(verdict: typeof WORKS | undefined, times = 1, turn: Turn = 'free'): void {
  for (let round = 0; round < times && !lane.isRefusing(); round += 1) {
    lane.end(lane.begin(), verdict, turn);
  }
}

describe('the circuit breaker', () => {
  const refusedFor = (retryAfter: number) =>
    expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE', details: { retryAfter } });

  it('opens by the twentieth failure, and tells the seconds it stays so', async () => {
    make(FAILS, 19);
    make(SAYS_NOTHING, 40);
    make(undefined);
    expect(lane.breaker()).toBe('closed');
    make(FAILS);
    expect(lane.breaker()).toBe('open');
    await pass(2100);
    expect(() => lane.check()).toThrow(refusedFor(3));
    expect(() => lane.begin()).toThrow(refusedFor(3));
  });

  it('stays closed while no more than half of the last attempts fail', () => {
    for (let pair = 0; pair < 50; pair += 1) {
      make(WORKS);
      make(FAILS);
    }
    expect(lane.breaker()).toBe('closed');
    make(FAILS, 2);
    expect(lane.breaker()).toBe('open');
  });

  it('allows one probe after five seconds: a failure opens it again, a response closes it', async () => {
    make(FAILS, 20);
    await pass(5000);
    make(FAILS);
    expect(() => lane.check()).toThrow(refusedFor(5));

    await pass(5000);
    const probe = lane.begin();
    expect(lane.breaker()).toBe('half-open');
    expect(() => lane.begin()).toThrow(refusedFor(1));
    lane.end(probe, WORKS, 'free');
    expect(changes).toEqual(['open', 'open', 'closed']);
    // The window starts with the answer that closed it.
    make(FAILS, 18);
    expect(lane.breaker()).toBe('closed');
  });

  it('allows another probe if the first says nothing, which is no change', async () => {
    make(FAILS, 20);
    await pass(5000);
    make(SAYS_NOTHING, 2);
    make(undefined);
    expect(lane.breaker()).toBe('open');
    make(WORKS);
    expect(changes).toEqual(['open', 'closed']);
  });

  it('ignores attempts that began before it opened', async () => {
    const early = Array.from({ length: 40 }, () => lane.begin());
    make(FAILS, 20);
    lane.end(early.pop(), WORKS, 'free');
    expect(lane.breaker()).toBe('open');
    await pass(5000);
    make(WORKS);
    for (const window of early) lane.end(window, FAILS, 'free');
    expect(lane.breaker()).toBe('closed');
  });
});

describe('retries of throttled calls', () => {
  let turns: string[] = [];
  beforeEach(() => {
    turns = [];
  });
  const retry = (ms = TIMEOUT_MS, signal?: AbortSignal): void => {
    lane.turn(new Deadline(ms, signal)).then(
      (turn) => turns.push(turn),
      (error: unknown) => turns.push((error as Error).message),
    );
  };
  const retries = (count: number): void => {
    make(THROTTLED);
    for (let call = 0; call < count; call += 1) retry();
  };

  it.each([
    'success',
    'not found',
    'failed',
    'throttled for a time',
    'reset',
    'cut short',
  ] as const)('are not held back by: %s', async (end) => {
    make(VERDICTS[end]);
    retry();
    await pass(0);
    expect(turns).toEqual(['free']);
  });

  it.each(['throttled', 'busy', 'store unavailable'] as const)(
    'are held back by %s, and probe after a pause that doubles up to a second',
    async (end) => {
      make(VERDICTS[end]);
      for (let call = 0; call < 7; call += 1) retry();
      for (const [index, pause] of [100, 200, 400, 800, 1000, 1000].entries()) {
        await pass(pause - 1);
        expect(turns).toHaveLength(index);
        await pass(1);
        expect(turns).toEqual(Array(index + 1).fill('probe'));
        make(VERDICTS[end], 1, 'probe');
      }
      make(WORKS);
      await pass(500);
      expect(turns.at(-1)).toBe('free');
    },
  );

  it.each<[string, Turn]>([
    ['the probe', 'probe'],
    ['another call', 'free'],
  ])('go on within half of the last pause when %s succeeds', async (_, turn) => {
    retries(5);
    await pass(100);
    make(WORKS, 1, turn);
    expect(turns).toEqual(['probe']);
    await pass(50);
    expect(turns).toEqual(['probe', 'free', 'free', 'free', 'free']);
  });

  it('are held back again if a probe is throttled after another call succeeded', async () => {
    retries(1);
    await pass(100);
    make(WORKS);
    make(THROTTLED, 1, 'probe');
    retry();
    await pass(99);
    expect(turns).toEqual(['probe']);
    await pass(1);
    expect(turns).toEqual(['probe', 'probe']);
  });

  it.each([
    ['says nothing', () => make(SAYS_NOTHING, 1, 'probe')],
    ['lost its caller', () => make(undefined, 1, 'probe')],
    ['did not begin', () => lane.end(undefined, undefined, 'probe')],
  ])('probe again at once if the probe %s', async (_, end) => {
    retries(2);
    await pass(100);
    end();
    await pass(0);
    expect(turns).toEqual(['probe', 'probe']);
    make(WORKS);
  });

  it('end at their deadline, with their caller, and once throttled for longer than any can wait', async () => {
    retries(1);
    await pass(100);
    const caller = new AbortController();
    retry(500);
    retry(TIMEOUT_MS, caller.signal);
    caller.abort(new Error('gone'));
    await pass(500);
    expect(turns.slice(1)).toEqual(['gone', expect.stringContaining('in time')]);
    await pass(TIMEOUT_MS);
    retry();
    await pass(0);
    expect(turns.at(-1)).toBe('none');
  });

  it('are not waited for once the breaker opens', async () => {
    retries(2);
    make(FAILS, 40);
    await pass(0);
    expect(turns.slice(-2)).toEqual(['none', 'none']);
  });
});
