import { describe, expect, it } from '@jest/globals';
import type { FreshLink, LinkRequest } from '../../../src/domain/link.js';
import type { StopSignal } from '../../../src/domain/stop-signal.js';
import type { IssueOptions } from '../../../src/links/link-source.js';
import { createMemoryLinkStore } from '../../../src/links/memory-link-store.js';
import {
  createReusingLinkSource,
  type LinkOrigin,
} from '../../../src/links/reusing-link-source.js';
import { freshLinkOf } from '../../helpers/links.js';

const backup = { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' };
const request: LinkRequest = { backup, fileName: 'a.bak', lifetime: 60 };
const alice = { callerId: 'alice' };
const toError = (reason: unknown) => (reason instanceof Error ? reason : new Error('no error'));
const tick = () => new Promise((resolve) => setImmediate(resolve));

type Issue = (request: LinkRequest, options: IssueOptions) => Promise<FreshLink>;

/** A source over an issuer that numbers its links, with a clock of its own. */
function sourceOver({ reuse = 0.1, issue }: { reuse?: number; issue?: Issue } = {}) {
  let calls = 0;
  let now = 1000;
  const origins: LinkOrigin[] = [];
  const signals: StopSignal[] = [];
  const source = createReusingLinkSource({
    issue: async (asked, options) => {
      calls += 1;
      if (options.signal) signals.push(options.signal);
      return issue ? issue(asked, options) : freshLinkOf({ requestId: `req-${calls}` });
    },
    reuse,
    stores: [createMemoryLinkStore({ now: () => now })],
    onLink: (origin) => origins.push(origin),
  });
  return {
    issue: source.issue.bind(source),
    calls: () => calls,
    origins,
    signals,
    pass: (ms: number) => void (now += ms),
  };
}

/** An issuer whose calls are ended by hand. */
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
  it('is handed out again to its caller for a tenth of its life, and then issued anew', async () => {
    const { issue, calls, origins, pass } = sourceOver();
    const first = await issue(request, alice);
    pass(6000);
    const second = await issue(request, alice);
    pass(1);
    const third = await issue(request, alice);

    expect(first).toMatchObject({ requestId: 'req-1', reused: false });
    expect(second).toEqual({ ...first, reused: true });
    expect(third).toMatchObject({ requestId: 'req-2', reused: false });
    expect(first).not.toHaveProperty('life');
    expect(calls()).toBe(2);
    expect(origins).toEqual(['upstream', 'memory', 'upstream']);
  });

  it.each<[string, LinkRequest, string]>([
    ['another caller', request, 'bob'],
    ['another file', { ...request, fileName: 'b.bak' }, 'alice'],
    ['another lifetime', { ...request, lifetime: 61 }, 'alice'],
    ['no lifetime', { backup, fileName: 'a.bak' }, 'alice'],
    ['another backup', { ...request, backup: { ...backup, backupId: 'bk-2' } }, 'alice'],
    ['another instance', { ...request, backup: { ...backup, instanceId: 'sql-2' } }, 'alice'],
    ['another region', { ...request, backup: { ...backup, regionId: 'cn-east-1' } }, 'alice'],
  ])('is not handed out for %s', async (_, other, callerId) => {
    const { issue, calls } = sourceOver();
    await issue(request, alice);

    expect(await issue(other, { callerId })).toMatchObject({ reused: false });
    expect(calls()).toBe(2);
  });

  it('is never handed out again, nor shared, where the part is 0', async () => {
    const { issue, calls } = sourceOver({ reuse: 0 });
    await Promise.all([issue(request, alice), issue(request, alice)]);
    await issue(request, alice);

    expect(calls()).toBe(3);
  });

  it.each<[string, Partial<FreshLink>]>([
    ['whose end is not known', { life: null, expiresAt: null }],
    ['that is not available', { publicUrl: null, expiresAt: null, life: null }],
    ['that is over already', { life: 0 }],
  ])('%s is not kept', async (_, facts) => {
    const { issue, calls } = sourceOver({ issue: () => Promise.resolve(freshLinkOf(facts)) });
    await issue(request, alice);
    await issue(request, alice);

    expect(calls()).toBe(2);
  });
});

describe('a failure', () => {
  it('is not kept', async () => {
    let isBroken = true;
    const { issue, calls } = sourceOver({
      issue: () =>
        isBroken ? Promise.reject(new Error('broken')) : Promise.resolve(freshLinkOf()),
    });
    await expect(issue(request, alice)).rejects.toThrow('broken');
    isBroken = false;

    expect(await issue(request, alice)).toMatchObject({ reused: false });
    expect(calls()).toBe(2);
  });

  it('fails all that wait for the same call, and only them', async () => {
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
});

describe('equal requests at the same time', () => {
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

  it('go on when the client that asked first is gone', async () => {
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

  it('end the call when all clients are gone; the next one makes a call of its own', async () => {
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

  it('ask for nothing for a client that was gone before', async () => {
    const { issue: held } = heldIssuer();
    const { issue, signals } = sourceOver({ issue: held });
    const gone = new Error('gone');

    await expect(issue(request, { ...alice, signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    await tick();
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });
});
