import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../../src/domain/errors.js';
import type { AttemptOutcome } from '../../../../src/upstream/outcome.js';
import type { Breaker } from '../../../../src/upstream/policy/breaker.js';
import { createConcurrencyLimit } from '../../../../src/upstream/policy/concurrency-limit.js';
import { createFairQueue } from '../../../../src/upstream/policy/fair-queue.js';
import { createCallAdmission } from '../../../../src/upstream/policy/admission.js';

const OUTCOME: AttemptOutcome = { kind: 'oversized' };
const closed: Breaker = {
  check: () => undefined,
  isRefusing: () => false,
  run: (attempt) => attempt(),
  state: () => 'closed',
};
const of = (callerId: string, breaker = closed) => ({
  breaker,
  operation: 'describeBackups' as const,
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
    const admit = createCallAdmission({
      queue,
      limit: createConcurrencyLimit({ max: 1 }),
      budget: { take: () => Promise.resolve(pauses.shift() ?? 0) },
      wait: () => new Promise((resolve) => (goOn = resolve)),
      onBudgetWait: (ms) => waits.push(ms),
    });
    const made: string[] = [];
    const attemptOf = (name: string) => () => Promise.resolve((made.push(name), OUTCOME));
    const first = admit(attemptOf('first'), of('alice'));
    await tick();
    expect(queue.running()).toBe(0);
    await admit(attemptOf('second'), of('bob'));
    expect(made).toEqual(['second']);
    goOn();
    await first;

    expect(made).toEqual(['second', 'first']);
    expect(waits).toEqual([5000]);
  });

  it('neither waits nor costs a call of the budget while the breaker is open', async () => {
    const queue = createFairQueue(() => 1);
    let isOpen = false;
    let taken = 0;
    const breaker: Breaker = {
      ...closed,
      check: () => {
        if (isOpen) throw new UpstreamError('UPSTREAM_UNAVAILABLE', 'open');
      },
    };
    const admit = createCallAdmission({
      queue,
      limit: createConcurrencyLimit({ max: 1 }),
      budget: { take: () => Promise.resolve(((taken += 1), 0)) },
      wait: () => Promise.resolve(),
    });
    let end: (outcome: AttemptOutcome) => void = () => undefined;
    const running = admit(() => new Promise((resolve) => (end = resolve)), of('alice', breaker));
    const waiting = admit(() => Promise.resolve(OUTCOME), of('alice', breaker));
    const refused = expect(waiting).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await tick();
    isOpen = true;

    await expect(admit(() => Promise.resolve(OUTCOME), of('bob', breaker))).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    expect([queue.running(), queue.waiting()]).toEqual([1, 1]);
    end(OUTCOME);
    await running;
    await refused;
    expect(taken).toBe(1);
  });
});
