import { beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../../src/domain/errors.js';
import type { AttemptOutcome } from '../../../../src/upstream/outcome.js';
import {
  type Breaker,
  type BreakerState,
  createBreaker,
} from '../../../../src/upstream/policy/breaker.js';
import { timedOut } from '../../../../src/upstream/policy/deadline.js';
import { toReply } from '../../../../src/upstream/reply.js';
import { TEST_CREDENTIALS } from '../../../helpers/upstream-client.js';

const answered = (status: number, headers = {}): AttemptOutcome => {
  const reply = toReply({ status, headers, body: '{}', weight: 2 }, 0);
  return { kind: 'answered', reply, credentials: TEST_CREDENTIALS, sentAt: 0, answeredAt: 0 };
};
const broken = (onIdleSocket = false): AttemptOutcome => ({
  kind: 'broken',
  code: 'ECONNRESET',
  onIdleSocket,
});
const OK = answered(200);

let time = 0;

beforeEach(() => {
  time = 0;
});

function create(onChange?: (state: BreakerState) => void): Breaker {
  return createBreaker({ now: () => time, onChange });
}

async function run(breaker: Breaker, outcome: AttemptOutcome | Error, times = 1): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    const attempt = () =>
      outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    await breaker.run(attempt).catch(() => undefined);
  }
}

function refusal(breaker: Breaker): UpstreamError | undefined {
  try {
    breaker.check();
    return undefined;
  } catch (error) {
    return error as UpstreamError;
  }
}

describe('the circuit breaker', () => {
  it.each<[string, AttemptOutcome | Error]>([
    ['500', answered(500)],
    ['502', answered(502)],
    ['503 without Retry-After', answered(503)],
    ['a broken connection', broken()],
    ['an attempt out of time', { kind: 'timed-out', cutShort: false }],
    ['a call out of time', timedOut()],
  ])('opens by %s', async (_, outcome) => {
    const breaker = create();
    await run(breaker, outcome, 19);
    expect(breaker.state()).toBe('closed');
    await run(breaker, outcome);

    expect(breaker.state()).toBe('open');
  });

  it.each<[string, AttemptOutcome | Error]>([
    ['200', OK],
    ['400', answered(400)],
    ['401', answered(401)],
    ['404', answered(404)],
    ['429', answered(429)],
    ['503 with Retry-After', answered(503, { 'retry-after': '1' })],
    ['a connection that was closed while idle', broken(true)],
    ['an attempt that had little time', { kind: 'timed-out', cutShort: true }],
    ['an oversized body', { kind: 'oversized' }],
    ['a client that is gone', new Error('gone')],
  ])('stays closed by %s', async (_, outcome) => {
    const breaker = create();
    await run(breaker, outcome, 100);

    expect(breaker.state()).toBe('closed');
    expect(refusal(breaker)).toBeUndefined();
  });

  it('stays closed while no more than half of the last attempts fail', async () => {
    const breaker = create();
    for (let pair = 0; pair < 50; pair += 1) {
      await run(breaker, OK);
      await run(breaker, answered(500));
    }
    expect(breaker.state()).toBe('closed');
    await run(breaker, answered(500), 2);

    expect(breaker.state()).toBe('open');
  });

  it('rejects calls while open, with the remaining seconds', async () => {
    const breaker = create();
    await run(breaker, broken(), 20);
    time = 2100;
    let calls = 0;
    const error = await breaker
      .run(() => Promise.resolve(((calls += 1), OK)))
      .catch((thrown: unknown) => thrown);

    expect(calls).toBe(0);
    for (const thrown of [error, refusal(breaker)]) {
      expect(thrown).toBeInstanceOf(UpstreamError);
      expect(thrown).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', details: { retryAfter: 3 } });
    }
  });

  it('allows one probe after five seconds: a failure opens it again, a response closes it', async () => {
    const states: BreakerState[] = [];
    const breaker = create((state) => states.push(state));
    await run(breaker, broken(), 20);
    time = 5000;
    expect(refusal(breaker)).toBeUndefined();
    await run(breaker, broken());
    expect(refusal(breaker)).toMatchObject({ details: { retryAfter: 5 } });

    time = 10_000;
    let answer: (outcome: AttemptOutcome) => void = () => undefined;
    const probe = breaker.run(() => new Promise((resolve) => (answer = resolve)));
    expect(breaker.state()).toBe('half-open');
    expect(refusal(breaker)).toMatchObject({ details: { retryAfter: 1 } });
    answer(OK);
    await probe;

    expect(refusal(breaker)).toBeUndefined();
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    // The window begins anew, with the answer that closed it.
    await run(breaker, broken(), 18);
    expect(breaker.state()).toBe('closed');
  });

  it.each<[string, AttemptOutcome | Error]>([
    ['its caller is gone', new Error('gone')],
    ['its caller left it little time', { kind: 'timed-out', cutShort: true }],
    ['its connection had been closed while idle', broken(true)],
  ])('allows another probe if of the first only %s', async (_, end) => {
    const states: BreakerState[] = [];
    const breaker = create((state) => states.push(state));
    await run(breaker, broken(), 20);
    time = 5000;
    const probe = breaker
      .run(() => (end instanceof Error ? Promise.reject(end) : Promise.resolve(end)))
      .catch((thrown: unknown) => thrown);

    expect(await probe).toBe(end);
    expect(breaker.state()).toBe('open');
    expect(refusal(breaker)).toBeUndefined();
    await run(breaker, end);
    expect(breaker.state()).toBe('open');
    await run(breaker, broken());
    expect(refusal(breaker)).toMatchObject({ details: { retryAfter: 5 } });
    time = 10_000;
    await run(breaker, OK);
    expect(breaker.state()).toBe('closed');
    // That nothing was found out is no change.
    expect(states.filter((state) => state !== 'half-open')).toEqual(['open', 'open', 'closed']);
  });

  it('allows one probe at a time while callers come and go', async () => {
    const breaker = create();
    await run(breaker, broken(), 20);
    time = 5000;
    let leave: (reason: Error) => void = () => undefined;
    const gone = breaker
      .run(() => new Promise((_, reject) => (leave = reject)))
      .catch((thrown: unknown) => thrown);
    expect(refusal(breaker)).toBeDefined();
    leave(new Error('gone'));
    await gone;
    expect(refusal(breaker)).toBeUndefined();
  });

  it('ignores the outcomes of attempts that began before it opened', async () => {
    const breaker = create();
    const ends: ((outcome: AttemptOutcome) => void)[] = [];
    const early = Array.from({ length: 40 }, () =>
      breaker.run(() => new Promise((resolve) => ends.push(resolve))),
    );
    await run(breaker, broken(), 20);
    time = 5000;
    await run(breaker, OK);
    expect(breaker.state()).toBe('closed');
    for (const end of ends) end(broken());
    await Promise.all(early);
    expect(breaker.state()).toBe('closed');
  });

  it('does not count attempts that say nothing', async () => {
    const breaker = create();
    await run(breaker, broken(), 19);
    await run(breaker, broken(true), 40);
    await run(breaker, new Error('gone'), 40);
    expect(breaker.state()).toBe('closed');
    await run(breaker, broken());
    expect(breaker.state()).toBe('open');
  });

  it('refuses an attempt while another probes', async () => {
    const breaker = create();
    await run(breaker, broken(), 20);
    time = 5000;
    let answer: (outcome: AttemptOutcome) => void = () => undefined;
    const probe = breaker.run(() => new Promise((resolve) => (answer = resolve)));
    await expect(breaker.run(() => Promise.resolve(OK))).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      details: { retryAfter: 1 },
    });
    answer(OK);
    await probe;
    expect(breaker.state()).toBe('closed');
  });
});
