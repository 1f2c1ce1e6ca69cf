import { beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../../src/domain/errors.js';
import {
  type Breaker,
  type BreakerState,
  createBreaker,
} from '../../../../src/upstream/policy/breaker.js';

const [WORKS, FAILS, SAYS_NOTHING] = [true, false, null];

let time = 0;
let states: BreakerState[] = [];
let breaker: Breaker;

beforeEach(() => {
  time = 0;
  states = [];
  breaker = createBreaker({ now: () => time, onChange: (state) => states.push(state) });
});

/** Makes attempts, one after the other, that are not refused. */
function make(works: boolean | null, times = 1): void {
  for (let round = 0; round < times && !breaker.isRefusing(); round += 1) {
    breaker.end(breaker.begin(), works);
  }
}

function refusal(): UpstreamError | undefined {
  try {
    breaker.check();
    return undefined;
  } catch (error) {
    return error as UpstreamError;
  }
}

describe('the circuit breaker', () => {
  it('opens by the twentieth failure', () => {
    make(FAILS, 19);
    expect(breaker.state()).toBe('closed');
    make(FAILS);
    expect(breaker.state()).toBe('open');
  });

  it('stays closed while no more than half of the last attempts fail', () => {
    for (let pair = 0; pair < 50; pair += 1) {
      make(WORKS);
      make(FAILS);
    }
    expect(breaker.state()).toBe('closed');
    make(FAILS, 2);
    expect(breaker.state()).toBe('open');
  });

  it('does not count attempts that say nothing', () => {
    make(FAILS, 19);
    make(SAYS_NOTHING, 40);
    expect(breaker.state()).toBe('closed');
    make(FAILS);
    expect(breaker.state()).toBe('open');
  });

  it('rejects calls while open, with the remaining seconds', () => {
    make(FAILS, 20);
    time = 2100;
    const refused = { code: 'UPSTREAM_UNAVAILABLE', details: { retryAfter: 3 } };
    expect(refusal()).toBeInstanceOf(UpstreamError);
    expect(refusal()).toMatchObject(refused);
    expect(() => breaker.begin()).toThrow(expect.objectContaining(refused));
  });

  it('allows one probe after five seconds: a failure opens it again, a response closes it', () => {
    make(FAILS, 20);
    time = 5000;
    expect(refusal()).toBeUndefined();
    make(FAILS);
    expect(refusal()).toMatchObject({ details: { retryAfter: 5 } });

    time = 10_000;
    const probe = breaker.begin();
    expect(breaker.state()).toBe('half-open');
    expect(() => breaker.begin()).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE', details: { retryAfter: 1 } }),
    );
    breaker.end(probe, WORKS);
    expect(refusal()).toBeUndefined();
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    // The window starts with the answer that closed it.
    make(FAILS, 18);
    expect(breaker.state()).toBe('closed');
  });

  it('allows another probe if the first says nothing, which is no change', () => {
    make(FAILS, 20);
    time = 5000;
    make(SAYS_NOTHING, 2);
    expect(breaker.state()).toBe('open');
    expect(refusal()).toBeUndefined();
    make(FAILS);
    expect(refusal()).toMatchObject({ details: { retryAfter: 5 } });
    time = 10_000;
    make(WORKS);
    expect(states.filter((state) => state !== 'half-open')).toEqual(['open', 'open', 'closed']);
  });

  it('ignores attempts that began before it opened', () => {
    const early = Array.from({ length: 40 }, () => breaker.begin());
    make(FAILS, 20);
    time = 5000;
    make(WORKS);
    expect(breaker.state()).toBe('closed');
    for (const pass of early) breaker.end(pass, FAILS);
    expect(breaker.state()).toBe('closed');
  });
});
