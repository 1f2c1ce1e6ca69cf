import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../src/telemetry/logger.js';
import { Secret } from '../../src/config/secret.js';
import type { UpstreamAttempt } from '../../src/telemetry/metrics.js';
import type { UpstreamClient, UpstreamClientOptions } from '../../src/upstream/client.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import type { Wait } from '../../src/upstream/policy/deadline.js';
import type { ScriptedCall } from '../helpers/scripted-call.js';
import { fail, ok, raw, reset, stall, text, type Reply } from '../helpers/scripted-replies.js';
import { startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.js';
import { isSignedBy } from '../helpers/signature-check.js';
import { TEST_CREDENTIALS, testClient } from '../helpers/upstream-client.js';

const LINK = {
  publicURL: 'https://oss.example/k?Expires=1900000000&Signature=LINKSIG',
  internalURL: '',
};
const backup = { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' };
const operation = describeBackupDownloadUrl({ backup, fileName: '订 a+b 50%25!*.bak' }, 'resource');
const START = Date.UTC(2026, 0, 31, 12);

let upstream: ScriptedUpstream;
let client: UpstreamClient | undefined;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
function script(
  options: Partial<UpstreamClientOptions>,
  ...replies: (Reply | ((call: ScriptedCall) => Reply))[]
): UpstreamClient {
  upstream.handle('describeBackupDownloadURL', (call) => {
    const reply = replies[Math.min(call.index, replies.length - 1)]!;
    return typeof reply === 'function' ? reply(call) : reply;
  });
  client = testClient({ origin: upstream.origin, ...options });
  return client;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'answered',
    (error: unknown) => error,
  );
}

/** A clock that moves only while somebody waits, and remembers the waits in milliseconds. */
function fakeTime() {
  let time = START;
  const waits: number[] = [];
  const wait: Wait = (ms) => {
    waits.push(ms);
    time += ms;
    return Promise.resolve();
  };
  return { now: () => time, wait, waits };
}

describe('an attempt', () => {
  it('is signed over the headers the official client signs, and sent as it is signed', async () => {
    await script({}, ok(LINK)).send(operation);

    const [call] = upstream.calls();
    expect(call!.headers.authorization).toContain(
      'SignedHeaders=accept;content-type;host;x-jdcloud-date;x-jdcloud-nonce,',
    );
    expect(isSignedBy('TESTSECRET', call!)).toBe(true);
    expect(call!.url).toBe(
      '/v1/regions/cn-north-1/backups/bk-1/downloadURLs?fileName=%E8%AE%A2%20a%2Bb%2050%2525%21%2A.bak',
    );
  });

  it('signs the security token of temporary credentials', async () => {
    const credentials = { ...TEST_CREDENTIALS, securityToken: new Secret('TESTSTS') };
    await script({ credentials }, ok(LINK)).send(operation);

    const [call] = upstream.calls();
    expect(call!.headers['x-jdcloud-security-token']).toBe('TESTSTS');
    expect(call!.headers.authorization).toContain('x-jdcloud-nonce;x-jdcloud-security-token,');
    expect(isSignedBy('TESTSECRET', call!)).toBe(true);
  });

  it('is signed again after a wait, with a new nonce and a later date', async () => {
    const { now, wait } = fakeTime();
    const busy = fail(503, 'UNAVAILABLE', { headers: { 'retry-after': '2' } });
    const answer = await script({ now, wait }, busy, ok(LINK)).send(operation);

    const [first, second] = upstream.calls();
    expect(first!.headers['x-jdcloud-date']).toBe('20260131T120000Z');
    expect(second!.headers['x-jdcloud-date']).toBe('20260131T120002Z');
    expect(second!.headers['x-jdcloud-nonce']).not.toBe(first!.headers['x-jdcloud-nonce']);
    expect(isSignedBy('TESTSECRET', second!)).toBe(true);
    expect(answer.sentAt).toEqual(new Date(START + 2000));
  });
});

describe('a retry', () => {
  it('beyond the deadline is not waited for', async () => {
    const { now, wait, waits } = fakeTime();
    const busy = fail(503, 'BUSY', { headers: { 'retry-after': '999999' } });

    expect(await failureOf(script({ now, wait }, busy).send(operation))).toMatchObject({
      code: 'UPSTREAM_THROTTLED',
      details: { retryAfter: 999_999 },
    });
    expect(waits).toEqual([]);
    expect(upstream.calls()).toHaveLength(1);
  });

  it.each([
    ['reset', reset()],
    ['closed', raw('')],
  ])('is made at once, and for nothing, where a pooled connection was %s', async (_, death) => {
    const { now, wait, waits } = fakeTime();
    const dying = (call: ScriptedCall) => (call.indexOnSocket > 0 ? death : ok(LINK));
    const one = script({ now, wait, maxRetries: 0 }, dying);
    await one.send(operation);
    await new Promise((resolve) => setImmediate(resolve));
    await one.send(operation);

    expect(upstream.calls()).toHaveLength(3);
    expect(waits).toEqual([]);
  });

  it('that waits holds no place among the running calls', async () => {
    let goOn = (): void => undefined;
    let waits = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    const wait = () => {
      waits();
      return new Promise<void>((resolve) => (goOn = resolve));
    };
    const one = script({ maxConcurrency: 1, wait }, fail(500, 'INTERNAL'), ok(LINK));
    const first = one.send(operation);
    await waiting;
    expect(one.status()).toMatchObject({ queued: 0, inFlight: 0, breaker: 'closed' });
    await one.send(operation);
    goOn();
    await first;

    expect(upstream.calls()).toHaveLength(3);
  });
});

describe('the clock', () => {
  const HOUR = 3_600_000;
  const AHEAD = 20 * 60 * 1000;
  const EXPIRED = 'x-jdcloud-date is expired';
  const dateAt = (time: number) => ({ date: new Date(time).toUTCString() });
  const refusal = (message: string, time: number, headers = {}) =>
    fail(401, 'ACCESS_ERROR', { message, headers: { ...dateAt(time), ...headers } });
  /** Refuses a date that is not within five minutes of its own clock, `ahead` of the host's at START. */
  const strictBy = (ahead: () => number) => (call: ScriptedCall) => {
    const sent = Date.parse(
      String(call.headers['x-jdcloud-date']).replace(
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
        '$1-$2-$3T$4:$5:$6Z',
      ),
    );
    const time = START + ahead();
    return Math.abs(sent - time) <= 5 * 60_000
      ? ok(LINK, { headers: dateAt(time) })
      : refusal(EXPIRED, time);
  };
  const strict = strictBy(() => AHEAD);
  const warnings = () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    return { lines, logger };
  };
  const signedAt = () => upstream.calls().map(({ headers }) => headers['x-jdcloud-date']);

  it('is corrected from the Date of a refusal, once, for calls beside it and after it', async () => {
    const { now, wait, waits } = fakeTime();
    const { lines, logger } = warnings();
    const late = script({ now, wait, logger }, strict);
    const answers = await Promise.all(Array.from({ length: 5 }, () => late.send(operation)));
    await late.send(operation);

    expect(upstream.calls()).toHaveLength(5 + 5 + 1);
    expect(answers[0]!.sentAt).toEqual(new Date(START + AHEAD));
    expect(waits).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"skewSeconds":1200');
  });

  it.each<[string, Reply]>([
    ['another reason', refusal('no permission', START + HOUR)],
    ['a proxy', text(403, 'Signature expired', dateAt(START + HOUR))],
    ['a throttled call', fail(429, 'RATE_LIMIT', { message: EXPIRED, headers: dateAt(0) })],
  ])('is not corrected by %s', async (_, reply) => {
    const { now, wait } = fakeTime();
    const one = script({ now, wait, maxRetries: 0 }, reply, ok(LINK));
    await failureOf(one.send(operation));
    await one.send(operation);

    expect(signedAt()).toEqual(['20260131T120000Z', '20260131T120000Z']);
  });

  it('stays as it was where another time is refused too', async () => {
    const { now, wait } = fakeTime();
    const { lines, logger } = warnings();
    const wrong = refusal(EXPIRED, START + 9 * HOUR);
    const one = script({ now, wait, logger }, strict, strict, wrong, wrong, ok(LINK));
    await one.send(operation);

    expect(await failureOf(one.send(operation))).toMatchObject({ code: 'UPSTREAM_AUTH' });
    await one.send(operation);
    expect(signedAt()).toEqual([
      '20260131T120000Z',
      '20260131T122000Z',
      '20260131T122000Z',
      '20260131T210000Z',
      '20260131T122000Z',
    ]);
    expect(lines).toHaveLength(1);
  });

  it('follows the clock of the host when that is set right', async () => {
    const { now, wait } = fakeTime();
    const { lines, logger } = warnings();
    let ahead = AHEAD;
    const byAhead = strictBy(() => ahead);
    const one = script({ now, wait, logger }, byAhead);
    await one.send(operation);
    ahead = 0;
    await one.send(operation);
    await one.send(operation);

    expect(upstream.calls()).toHaveLength(5);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'host clock is wrong; using upstream time',
      'host clock is correct again',
    ]);
  });

  it('on trial is kept over the retries of its call, and not corrected again by them', async () => {
    const { now, wait } = fakeTime();
    const busy = fail(503, 'UNAVAILABLE', { headers: { 'retry-after': '2' } });
    const refusals = [refusal(EXPIRED, START + HOUR), busy, refusal(EXPIRED, START + 2 * HOUR)];
    const one = script({ now, wait }, ...refusals, ok(LINK));

    expect(await failureOf(one.send(operation))).toMatchObject({ code: 'UPSTREAM_AUTH' });
    expect(signedAt()).toEqual(['20260131T120000Z', '20260131T130000Z', '20260131T130002Z']);
  });
});

describe('the limits of a call', () => {
  it('count the time spent in the queue', async () => {
    const hasty = script({ maxConcurrency: 1, timeoutMs: 60 }, stall());
    const both = [1, 2].map(() => failureOf(hasty.send(operation)));

    expect(await Promise.all(both)).toMatchObject(Array(2).fill({ code: 'UPSTREAM_TIMEOUT' }));
    expect(upstream.calls()).toHaveLength(1);
  });

  it('let only so many calls run at the same time, on as many connections', async () => {
    let held: (() => void)[] = [];
    upstream.handle('describeBackupDownloadURL', async () => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
        if (held.length < 4) return;
        for (const release of held) release();
        held = [];
      });
      return ok(LINK);
    });
    const narrow = testClient({ origin: upstream.origin, maxConcurrency: 4 });
    client = narrow;
    await Promise.all(Array.from({ length: 32 }, () => narrow.send(operation)));

    expect(upstream.calls()).toHaveLength(32);
    expect(upstream.peakConcurrency()).toBe(4);
    expect(upstream.connections()).toBe(4);
  });

  it('keep the breaker open where the caller of the probe disconnects', async () => {
    let time = 0;
    const lanes = { now: () => time };
    const one = script({ lanes, maxRetries: 0 }, fail(500, 'INTERNAL'));
    for (let call = 0; call < 20; call += 1) await failureOf(one.send(operation));
    time += 5000;
    expect(one.status().breaker).toBe('open');
    const caller = new AbortController();
    const reason = new Error('the caller disconnected');
    upstream.reset();
    upstream.handle('describeBackupDownloadURL', ({ index }) => {
      if (index > 0) return fail(500, 'INTERNAL');
      caller.abort(reason);
      return stall();
    });

    expect(await failureOf(one.send(operation, { signal: caller.signal }))).toBe(reason);
    expect(one.status().breaker).toBe('open');
    expect(await failureOf(one.send(operation))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(one.status().breaker).toBe('open');
    time += 5000;
    upstream.handle('describeBackupDownloadURL', ok(LINK));
    await one.send(operation);
    expect(one.status().breaker).toBe('closed');
    expect(upstream.calls()).toHaveLength(3);
  });

  it('say nothing of the upstream where they leave an attempt little time', async () => {
    const hasty = script({ lanes: {}, timeoutMs: 20, attemptTimeoutMs: 5000 }, stall());
    const ends = await Promise.all(
      Array.from({ length: 40 }, () => failureOf(hasty.send(operation))),
    );

    expect(ends).toMatchObject(Array(40).fill({ code: 'UPSTREAM_TIMEOUT' }));
    expect(hasty.status().breaker).toBe('closed');
  });

  it('give back the place of a call whose caller leaves just before it is sent', async () => {
    const caller = new AbortController();
    const reason = new Error('gone');
    const take = () => {
      caller.abort(reason);
      return 0;
    };
    const one = script({ budget: { take } }, ok(LINK));

    expect(await failureOf(one.send(operation, { signal: caller.signal }))).toBe(reason);
    expect(upstream.calls()).toHaveLength(0);
    expect(one.status()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it('wait for the next window of the budget where it opens in time', async () => {
    const { now, wait, waits } = fakeTime();
    const pauses = [700, 0];
    const budget = { take: () => Promise.resolve(pauses.shift() ?? 0) };
    await script({ now, wait, budget }, ok(LINK)).send(operation);

    expect(waits).toEqual([700]);
    expect(upstream.calls()).toHaveLength(1);
  });
});

describe('what is seen from outside', () => {
  it('is one debug line and one event for each attempt, without secrets and links', async () => {
    const lines: string[] = [];
    const logger = createLogger('debug', { write: (line) => void lines.push(line) });
    const events: UpstreamAttempt[] = [];
    const credentials = { ...TEST_CREDENTIALS, securityToken: new Secret('TESTSTS') };
    const onAttempt = (event: UpstreamAttempt) => void events.push(event);
    const busy = fail(503, 'UNAVAILABLE');
    await script({ logger, onAttempt, credentials }, busy, reset(), ok(LINK)).send(operation);

    expect(events).toMatchObject([
      { operation: 'describeBackupDownloadURL', regionId: 'cn-north-1', attempt: 1, status: 503 },
      { attempt: 2, code: expect.stringMatching(/^[A-Z_]+$/) },
      { attempt: 3, status: 200 },
    ]);
    expect(lines.filter((line) => line.includes('upstream attempt'))).toHaveLength(3);
    expect(lines.join()).not.toMatch(
      /TESTAK|TESTSECRET|TESTSTS|LINKSIG|Authorization|fileName|\.bak/i,
    );
  });

  it('is nothing of a call that closing waits for', async () => {
    const closing = script({}, ok(LINK));
    const answer = closing.send(operation);
    await closing.close();
    client = undefined;

    expect((await answer).result.publicUrl).toBe(LINK.publicURL);
  });
});
