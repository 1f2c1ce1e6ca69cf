import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../../src/domain/errors.js';
import { createAdmission } from '../../../../src/upstream/policy/admission.js';
import { createFairQueue } from '../../../../src/upstream/policy/fair-queue.js';

const closed = { check: () => undefined };
const of = (callerId: string, breaker: { check(): void } = closed) => ({
  breaker,
  callerId,
  deadline: { signal: new AbortController().signal, remaining: () => 10_000, clear: () => {} },
});
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('the turn of an attempt', () => {
  it('does not hold up others while it waits for the budget', async () => {
    const queue = createFairQueue(() => 1);
    const pauses = [5000, 0, 0];
    const waits: number[] = [];
    let goOn = (): void => undefined;
    const admit = createAdmission({
      queue,
      budget: { take: () => Promise.resolve(pauses.shift() ?? 0) },
      wait: () => new Promise((resolve) => (goOn = resolve)),
      onBudgetWait: (ms) => waits.push(ms),
    });
    let isFirstAdmitted = false;
    const first = admit(of('alice')).then(() => (isFirstAdmitted = true));
    await tick();
    expect(queue.running()).toBe(0);
    await admit(of('bob'));
    expect([isFirstAdmitted, queue.running()]).toEqual([false, 1]);
    queue.leave();
    goOn();
    await first;

    expect(queue.running()).toBe(1);
    expect(waits).toEqual([5000]);
  });

  it('neither waits nor costs a call of the budget while the breaker is open', async () => {
    const queue = createFairQueue(() => 1);
    let isOpen = false;
    let taken = 0;
    const breaker = {
      check: () => {
        if (isOpen) throw new UpstreamError('UPSTREAM_UNAVAILABLE', 'open');
      },
    };
    const admit = createAdmission({
      queue,
      budget: { take: () => Promise.resolve(((taken += 1), 0)) },
      wait: () => Promise.resolve(),
    });
    await admit(of('alice', breaker));
    const waiting = admit(of('alice', breaker));
    const refused = expect(waiting).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await tick();
    isOpen = true;

    await expect(admit(of('bob', breaker))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect([queue.running(), queue.waiting()]).toEqual([1, 1]);
    queue.leave();
    await refused;
    expect(taken).toBe(1);
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
  });

  it('leaves its place if the budget fails', async () => {
    const queue = createFairQueue(() => 1);
    const admit = createAdmission({
      queue,
      budget: { take: () => Promise.reject(new Error('no budget')) },
      wait: () => Promise.resolve(),
    });
    await expect(admit(of('alice'))).rejects.toThrow('no budget');
    expect(queue.running()).toBe(0);
  });
});
