import { describe, expect, it } from '@jest/globals';
import { type AttemptOutcome, judge } from '../../../../src/upstream/outcome.js';
import { createConcurrencyLimit } from '../../../../src/upstream/policy/concurrency-limit.js';
import {
  answered,
  createSimulation,
  type SimulatedAnswer,
  type SimulatedUpstream,
  type Simulation,
} from '../../../helpers/simulation.js';

const OK = answered(200);
const BUSY = answered(429);
const [START, FLOOR] = [64, 4];
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const good = (ms: number): SimulatedAnswer => ({ ms, outcome: OK });
const broken = (code: string): AttemptOutcome => ({ kind: 'broken', code, onIdleSocket: false });

/** Takes `places` calls at a time, each for `ms`, and refuses others after `refusalMs`. */
function takes(places: number, { ms = 30, refusalMs = 5, refusal = BUSY } = {}): SimulatedUpstream {
  const ends: number[] = [];
  return ({ time }) => {
    while (ends[0] !== undefined && ends[0] <= time) ends.shift();
    if (ends.length >= places) return { ms: refusalMs, outcome: refusal };
    ends.push(time + ms);
    return good(ms);
  };
}

describe('the outcome of a call', () => {
  const after = (outcome: AttemptOutcome | undefined) => {
    const limit = createConcurrencyLimit({ max: 256, now: () => 0 });
    limit.end(limit.begin('describeBackups'), outcome && judge(outcome));
    return limit.current();
  };

  it('halves the limit if it is throttling, a timeout or a reset', () => {
    expect(after(BUSY)).toBe(START / 2);
    expect(after({ kind: 'timed-out', cutShort: false })).toBe(START / 2);
    expect(after(broken('ECONNRESET'))).toBe(START / 2);
  });

  it('does not change it if it tells nothing, as of a caller that left', () => {
    expect(after(answered(404))).toBe(START);
    expect(after(undefined)).toBe(START);
  });
});

describe('the limit', () => {
  it.each([
    [1, 1],
    [64, 64],
    [256, 64],
  ])('with a maximum of %d starts at %d', (max, start) => {
    expect(createConcurrencyLimit({ max }).current()).toBe(start);
  });

  it.each([1, FLOOR, 100])('stays within a maximum of %d', (max) => {
    const simulation = createSimulation(takes(30));
    const client = simulation.client({ max });
    client.keepBusy(400, 5 * SECOND);
    simulation.run(5 * SECOND);

    expect(client.range().highest).toBeLessThanOrEqual(max);
    expect(client.range().lowest).toBeGreaterThanOrEqual(Math.min(FLOOR, max));
    expect(client.counts().good).toBeGreaterThan(0.7 * Math.min(30, max) * (5000 / 30));
  });

  it('doubles each round trip until it is at its maximum or the upstream refuses', () => {
    const simulation = createSimulation(() => good(30));
    const client = simulation.client({ max: 256 });
    client.keepBusy(400, SECOND);
    simulation.run(31);
    expect(client.limit.current()).toBe(128);
    simulation.run(61);
    expect(client.limit.current()).toBe(256);
  });
});

describe('a burst of refusals', () => {
  it.each<[string, AttemptOutcome]>([
    ['429', BUSY],
    ['503 with Retry-After', answered(503, { 'retry-after': '1' })],
    ['resets', broken('ECONNRESET')],
    ['timeouts', { kind: 'timed-out', cutShort: false }],
  ])('of %s is one decrease, and 80 %% are back within 3 s', (_, outcome) => {
    const simulation = createSimulation(({ time }) =>
      time === 0 ? { ms: 5 + simulation.random() * 15, outcome } : good(30),
    );
    const client = simulation.client({});
    client.send(64);
    simulation.run(25);
    expect(client.decreases).toHaveLength(1);
    expect(client.limit.current()).toBe(START / 2);

    // One call at a time is enough.
    client.keepBusy(1, 3 * SECOND);
    simulation.run(3 * SECOND);
    expect(client.limit.current()).toBeGreaterThanOrEqual(0.8 * START);
    expect(client.decreases).toHaveLength(1);
  });

  it('counts once, however late some of it come', () => {
    const limit = createConcurrencyLimit({ max: 256, now: () => 0 });
    const early = Array.from({ length: 40 }, () => limit.begin('describeBackups'));
    for (const call of early.slice(0, 20)) limit.end(call, judge(BUSY));
    const late = limit.begin('describeBackups');
    for (const call of early.slice(20)) limit.end(call, judge(BUSY));
    expect(limit.current()).toBe(START / 2);
    limit.end(late, judge(BUSY));

    expect(limit.current()).toBe(START / 4);
  });
});

describe('an upstream with a limit of its own', () => {
  it.each([
    { places: 40, ms: 30 },
    { places: 40, ms: 30, refusalMs: 30 },
    { places: 40, ms: 100, refusal: answered(503, { 'retry-after': '1' }) },
    { places: 150, ms: 100 },
  ])('of $places calls of $ms ms refuses at most 5 % after a second', ({ places, ...how }) => {
    const simulation = createSimulation(takes(places, how));
    const client = simulation.client({});
    client.keepBusy(200, 11 * SECOND);
    simulation.run(SECOND);
    client.reset();
    simulation.run(11 * SECOND);
    const { sent, refused, good: succeeded, lost } = client.counts();

    expect(refused / sent).toBeLessThan(0.05);
    expect(lost).toBe(0);
    // It is used well, too.
    expect((succeeded * how.ms) / (10 * SECOND)).toBeGreaterThan(0.8 * places);
  });

  it.each([
    [40, 0.5],
    [20, 5],
    [45, 20],
  ])('of %d calls does so with a page of 50 every %d s, too', (places, seconds) => {
    const simulation = createSimulation(takes(places));
    const client = simulation.client({});
    for (let page = 0; page < 40; page += 1) {
      simulation.at(page * seconds * SECOND, () => {
        if (page === 1) client.reset();
        client.send(50);
      });
    }
    simulation.run(40 * seconds * SECOND);
    const { sent, refused, lost } = client.counts();

    expect(refused / sent).toBeLessThan(0.05);
    expect(lost).toBe(0);
  });

  it('is shared by two clients that do not know each other', () => {
    const simulation = createSimulation(takes(40));
    const [one, other] = [simulation.client({}), simulation.client({})];
    for (const client of [one, other]) client.keepBusy(200, 30 * SECOND);
    simulation.run(2 * SECOND);
    one.reset();
    other.reset();
    simulation.run(30 * SECOND);
    const [first, second] = [one.counts(), other.counts()];

    expect((first.refused + second.refused) / (first.sent + second.sent)).toBeLessThan(0.05);
    expect(first.lost + second.lost).toBe(0);
    const all = first.good + second.good;
    expect((all * 30) / (28 * SECOND)).toBeGreaterThan(0.7 * 40);
    expect(Math.min(first.good, second.good)).toBeGreaterThan(all / 4);
  });

  it('that takes more than before gets more', () => {
    let upstream = takes(20);
    const simulation = createSimulation((call) => upstream(call));
    const client = simulation.client({});
    client.keepBusy(400, 20 * SECOND);
    simulation.run(10 * SECOND);
    upstream = takes(160);
    simulation.run(20 * SECOND);

    expect(client.limit.current()).toBeGreaterThan(80);
  });
});

it('a limit that is not used does not grow, so that a burst after single calls is not refused', () => {
  const simulation = createSimulation(takes(40));
  const client = simulation.client({});
  client.keepBusy(1, 30 * SECOND);
  simulation.run(31 * SECOND);
  expect(client.counts().good).toBe(1000);
  expect(client.range()).toEqual({ lowest: START, highest: START });

  client.send(256);
  simulation.run(32 * SECOND);
  const { sent, refused } = client.counts();
  simulation.run(60 * SECOND);

  expect(refused).toBeLessThan(64);
  expect((client.counts().refused - refused) / (client.counts().sent - sent)).toBeLessThan(0.05);
  expect(client.counts()).toMatchObject({ good: 1256, lost: 0 });
});

describe('latency', () => {
  it.each<[string, (simulation: Simulation) => number]>([
    ['that is high', () => 1500],
    ['with a long tail', (simulation) => (simulation.random() < 0.3 ? 2000 : 30)],
    [
      'that rises for ten seconds',
      (simulation) => (simulation.time() % (20 * SECOND) < 10 * SECOND ? 30 : 2000),
    ],
  ])('%s does not shrink it, since calls succeed', (_, latency) => {
    const simulation = createSimulation(() => good(latency(simulation)));
    const client = simulation.client({});
    client.keepBusy(400, 30 * SECOND);
    simulation.run(30 * SECOND);

    expect(client.decreases).toEqual([]);
    expect(client.limit.current()).toBe(256);
  });

  it('beyond the timeout of an attempt does, and it recovers within seconds', () => {
    const late: AttemptOutcome = { kind: 'timed-out', cutShort: false };
    const simulation = createSimulation(({ time }) =>
      time > 5 * SECOND && time < 65 * SECOND ? { ms: 4000, outcome: late } : good(30),
    );
    const client = simulation.client({});
    client.keepBusy(400, 75 * SECOND);
    simulation.run(70 * SECOND);
    expect(client.range().lowest).toBe(FLOOR);
    simulation.run(75 * SECOND);

    expect(client.limit.current()).toBeGreaterThanOrEqual(START);
  });
});

it.each<[string, AttemptOutcome]>([
  ['refusals', BUSY],
  ['timeouts', { kind: 'timed-out', cutShort: false }],
])('after a jam of %s, two calls five seconds apart bring it back to its start', (_, outcome) => {
  const simulation = createSimulation(({ time }) =>
    time < MINUTE ? { ms: 50, outcome } : good(30),
  );
  const client = simulation.client({});
  client.keepBusy(100, MINUTE);
  simulation.run(MINUTE + SECOND);
  expect(client.limit.current()).toBe(FLOOR);
  for (const seconds of [5, 10]) simulation.at(MINUTE + seconds * SECOND, () => client.send(1));
  simulation.run(MINUTE + 11 * SECOND);

  expect(client.limit.current()).toBe(START);
});
