import { describe, expect, it } from '@jest/globals';
import type { FreshLink, IssuedLink, LinkRequest } from '../../../src/domain/link.js';
import type { StopSignal } from '../../../src/domain/stop-signal.js';
import {
  createReusingLinkSource,
  type IssueOptions,
  type LinkStore,
  type LinkOrigin,
} from '../../../src/links/reusing-link-source.js';
import { freshLinkOf, linkOf } from '../../helpers/links.js';

const backup = { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' };
const request: LinkRequest = { backup, fileName: 'a.bak', lifetime: 60 };
/** A minute before the link of `linkOf` expires. */
const ISSUED = Date.UTC(2026, 0, 31, 12);
const DAY = 86_400_000;
const alice = { callerId: 'alice' };
const toError = (reason: unknown) => (reason instanceof Error ? reason : new Error('no error'));
const tick = () => new Promise((resolve) => setImmediate(resolve));

type Issue = (request: LinkRequest, options: IssueOptions) => Promise<FreshLink>;

interface SourceOptions {
  readonly reuse?: number;
  readonly issue?: Issue;
  readonly shared?: LinkStore;
  readonly isCurrent?: (request: LinkRequest, link: IssuedLink) => Promise<boolean>;
  readonly maxLinks?: number;
  readonly maxBytes?: number;
}

/** A source over an issuer that numbers its links, with its own clock. */
function sourceOver({ reuse = 0.1, issue, shared, isCurrent, ...limits }: SourceOptions = {}) {
  let calls = 0;
  let now = 1000;
  let clock = ISSUED;
  const origins: LinkOrigin[] = [];
  const signals: StopSignal[] = [];
  const source = createReusingLinkSource({
    issue: async (asked, options) => {
      calls += 1;
      if (options.signal) signals.push(options.signal);
      return issue ? issue(asked, options) : freshLinkOf({ requestId: `req-${calls}` });
    },
    reuse,
    shared,
    memory: { now: () => now, ...limits },
    now: () => clock,
    isCurrent,
    onLink: (origin) => origins.push(origin),
  });
  return {
    issue: (asked: LinkRequest, by: IssueOptions) => source.issue(asked, by),
    clear: () => {
      source.clear();
    },
    calls: () => calls,
    origins,
    signals,
    /** Advances both clocks. */
    pass: (ms: number) => {
      now += ms;
      clock += ms;
    },
    /** Advances only the wall clock, as when the machine sleeps or the clock is set. */
    setClock: (ms: number) => void (clock += ms),
  };
}

/** An issuer whose calls the test completes. */
function heldIssuer() {
  const ends: { resolve: (link: FreshLink) => void; reject: (error: Error) => void }[] = [];
  const issue: Issue = (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(toError(signal.reason));
      });
      ends.push({ resolve, reject });
    });
  return { ends, issue };
}

describe('a link', () => {
  it('is reused for its caller for a tenth of its lifetime, then issued again', async () => {
    const { issue, calls, origins, pass } = sourceOver();
    const first = await issue(request, alice);
    pass(6000);
    const second = await issue(request, alice);
    pass(1);
    const third = await issue(request, alice);
    const fourth = await issue(request, alice);

    expect(first).toMatchObject({ requestId: 'req-1', reused: false });
    expect(second).toEqual({ ...first, reused: true });
    expect(third).toMatchObject({ requestId: 'req-2', reused: false });
    expect(fourth).toMatchObject({ requestId: 'req-2', reused: true });
    expect(first).not.toHaveProperty('life');
    expect(calls()).toBe(2);
    expect(origins).toEqual(['upstream', 'memory', 'upstream', 'memory']);
  });

  it.each<[string, LinkRequest, string]>([
    ['another caller', request, 'bob'],
    ['another file', { ...request, fileName: 'b.bak' }, 'alice'],
    ['another lifetime', { ...request, lifetime: 61 }, 'alice'],
    ['no lifetime', { backup, fileName: 'a.bak' }, 'alice'],
    ['another backup', { ...request, backup: { ...backup, backupId: 'bk-2' } }, 'alice'],
    ['another instance', { ...request, backup: { ...backup, instanceId: 'sql-2' } }, 'alice'],
    ['another region', { ...request, backup: { ...backup, regionId: 'cn-east-1' } }, 'alice'],
  ])('is not reused for %s', async (_, other, callerId) => {
    const { issue, calls } = sourceOver();
    await issue(request, alice);

    expect(await issue(other, { callerId })).toMatchObject({ reused: false });
    expect(calls()).toBe(2);
  });

  it('is never reused or shared if the fraction is 0', async () => {
    const { issue, calls } = sourceOver({ reuse: 0 });
    await Promise.all([issue(request, alice), issue(request, alice)]);
    await issue(request, alice);

    expect(calls()).toBe(3);
  });

  it('is forgotten when told so', async () => {
    const { issue, calls, clear } = sourceOver();
    await issue(request, alice);
    clear();
    await issue(request, alice);
    expect(calls()).toBe(2);
  });

  it.each([
    ['many', { maxLinks: 2 }, 'https://oss.example/k'],
    ['large', { maxBytes: 20_000 }, `https://oss.example/${'x'.repeat(8000)}`],
  ])(
    'makes others forgotten, the least recently used first, if they are too %s',
    async (_, limits, publicUrl) => {
      const { issue, origins } = sourceOver({
        issue: () => Promise.resolve(freshLinkOf({ publicUrl })),
        ...limits,
      });
      for (const file of ['a', 'b', 'a', 'c', 'a', 'b']) {
        await issue({ ...request, fileName: file }, alice);
      }
      expect(origins).toEqual(['upstream', 'upstream', 'memory', 'upstream', 'memory', 'upstream']);
    },
  );

  it.each<[string, Partial<FreshLink>]>([
    ['whose end is not known', { life: null, expiresAt: null }],
    ['that is not available', { publicUrl: null, expiresAt: null, life: null }],
    ['that is over already', { life: 0 }],
  ])('is not stored: %s', async (_, facts) => {
    const { issue, calls } = sourceOver({ issue: () => Promise.resolve(freshLinkOf(facts)) });
    await issue(request, alice);
    await issue(request, alice);

    expect(calls()).toBe(2);
  });
});

describe('a link expired by wall-clock time', () => {
  it.each<[string, number, boolean]>([
    ['two days later', 2 * DAY, false],
    ['at its end', 60_000, false],
    ['a moment before', 59_999, true],
    ['set back by two days', -2 * DAY, true],
  ])('is not reused (%s)', async (_, ms, reused) => {
    const { issue, calls, setClock } = sourceOver();
    await issue(request, alice);
    setClock(ms);

    expect(await issue(request, alice)).toMatchObject({ reused });
    expect(calls()).toBe(reused ? 1 : 2);
  });

  it('is replaced by a new one', async () => {
    const late = freshLinkOf({ expiresAt: new Date(ISSUED + 3 * DAY) });
    let links = 0;
    const { issue, calls, setClock } = sourceOver({
      issue: () => Promise.resolve((links += 1) === 1 ? freshLinkOf() : late),
    });
    await issue(request, alice);
    setClock(2 * DAY);
    await issue(request, alice);

    expect(await issue(request, alice)).toMatchObject({ reused: true, expiresAt: late.expiresAt });
    expect(calls()).toBe(2);
  });

  it('is not reused from another process', async () => {
    const shared = { get: () => Promise.resolve(linkOf()), put: () => undefined };
    const { issue, calls, setClock } = sourceOver({ shared });
    expect(await issue(request, alice)).toMatchObject({ reused: true });
    setClock(2 * DAY);

    expect(await issue(request, alice)).toMatchObject({ reused: false });
    expect(calls()).toBe(1);
  });

  it('is returned to its requester, and requested again by those who joined', async () => {
    const { ends, issue: held } = heldIssuer();
    const { issue, calls, setClock } = sourceOver({ issue: held });
    const links = [1, 2, 3].map(() => issue(request, alice));
    await tick();
    setClock(2 * DAY);
    ends[0]!.resolve(freshLinkOf());
    await tick();
    ends[1]!.resolve(freshLinkOf({ expiresAt: new Date(ISSUED + 3 * DAY) }));

    expect((await Promise.all(links)).map(({ reused }) => reused)).toEqual([false, false, true]);
    expect(calls()).toBe(2);
  });
});

it('a failed call fails all requests that share it, and only them', async () => {
  const { ends, issue: held } = heldIssuer();
  const { issue, calls } = sourceOver({ issue: held });
  const both = [issue(request, alice), issue(request, alice)];
  await tick();
  ends[0]!.reject(new Error('broken'));
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  const next = issue(request, alice);
  await tick();
  ends[1]!.resolve(freshLinkOf());

  expect(await next).toMatchObject({ reused: false });
  expect(calls()).toBe(2);
});

describe('concurrent equal requests', () => {
  it('share one call, of the same caller only', async () => {
    const { ends, issue: held } = heldIssuer();
    const { issue, calls, origins } = sourceOver({ issue: held });
    const links = [issue(request, alice), issue(request, alice), issue(request, { callerId: 'b' })];
    await tick();
    expect(calls()).toBe(2);
    for (const { resolve } of ends) resolve(freshLinkOf());

    expect((await Promise.all(links)).map(({ reused }) => reused)).toEqual([false, true, false]);
    expect(origins.sort()).toEqual(['flight', 'upstream', 'upstream']);
  });

  it('continue if the first client disconnects', async () => {
    const { ends, issue: held } = heldIssuer();
    const { issue, calls, signals } = sourceOver({ issue: held });
    const client = new AbortController();
    const first = issue(request, { ...alice, signal: client.signal });
    const second = issue(request, { ...alice, signal: new AbortController().signal });
    await tick();
    const gone = new Error('gone');
    client.abort(gone);

    await expect(first).rejects.toBe(gone);
    expect(signals[0]!.aborted).toBe(false);
    ends[0]!.resolve(freshLinkOf());
    expect(await second).toMatchObject({ reused: true });
    expect(calls()).toBe(1);
  });

  it('abort the call if all clients disconnect; the next one makes its own call', async () => {
    const { ends, issue: held } = heldIssuer();
    const { issue, calls, signals } = sourceOver({ issue: held });
    const client = new AbortController();
    const both = Promise.allSettled(
      [1, 2].map(() => issue(request, { ...alice, signal: client.signal })),
    );
    await tick();
    client.abort(new Error('gone'));
    const next = issue(request, alice);
    await tick();
    ends[1]!.resolve(freshLinkOf());

    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(signals[0]!.aborted).toBe(true);
    expect(await next).toMatchObject({ reused: false });
    expect(calls()).toBe(2);
  });

  it('make no call for a client that is already disconnected', async () => {
    const { issue: held } = heldIssuer();
    const { issue, signals } = sourceOver({ issue: held });
    const gone = new Error('gone');

    await expect(issue(request, { ...alice, signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    await tick();
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });
});

it.each<[string, () => Promise<boolean>, number]>([
  ['is reused while the file is unchanged', () => Promise.resolve(true), 1],
  ['is issued again once the file changed', () => Promise.resolve(false), 2],
  ['is issued again if the check fails', () => Promise.reject(new Error('away')), 2],
])('a link whose file is checked before reuse %s', async (_, isCurrent, calls) => {
  const asked: unknown[] = [];
  const source = sourceOver({
    isCurrent: (...args) => {
      asked.push(args);
      return isCurrent();
    },
  });
  const first = await source.issue(request, alice);
  await source.issue(request, alice);
  expect(source.calls()).toBe(calls);
  expect(asked).toMatchObject([[request, { publicUrl: first.publicUrl }]]);
});
