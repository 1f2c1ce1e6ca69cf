import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createStopController } from '../../../../src/domain/stop-signal.js';
import { Deadline, wait } from '../../../../src/upstream/policy/deadline.js';

const gone = new Error('gone');
const never = new Promise<never>(() => undefined);

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('a deadline ends what takes too long, by a monotonic clock', async () => {
  const deadline = new Deadline(1000);
  jest.setSystemTime(0);
  const work = deadline.inTime(never);
  const ended = expect(work).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  await jest.advanceTimersByTimeAsync(400);
  expect(deadline.remaining()).toBe(600);
  deadline.check();
  await jest.advanceTimersByTimeAsync(600);
  await ended;
  expect(() => deadline.check()).toThrow(expect.objectContaining({ code: 'UPSTREAM_TIMEOUT' }));
});

it('a deadline ends what its caller has left, once, or before it begins', async () => {
  const { signal, abort } = createStopController();
  const deadline = new Deadline(1000, signal);
  const reasons: unknown[] = [];
  deadline.watch((reason) => reasons.push(reason));
  const ended = expect(deadline.inTime(never)).rejects.toBe(gone);
  abort(gone);
  await ended;
  await expect(deadline.inTime(never)).rejects.toBe(gone);
  jest.advanceTimersByTime(2000);
  expect(reasons).toEqual([gone]);
  expect(() => deadline.check()).toThrow(gone);
});

it('a deadline passes on what is in time', async () => {
  const deadline = new Deadline(1000, createStopController().signal);
  expect(await deadline.inTime(Promise.resolve(7))).toBe(7);
  await expect(deadline.inTime(Promise.reject(gone))).rejects.toBe(gone);
});

it('a wait ends by itself, or with its caller', async () => {
  const { signal, abort } = createStopController();
  const first = wait(1, signal);
  await jest.advanceTimersByTimeAsync(1);
  await first;
  const ended = expect(wait(60_000, signal)).rejects.toBe(gone);
  abort(gone);
  await ended;
  const aborted = expect(wait(60_000, signal)).rejects.toBe(gone);
  await aborted;
});
