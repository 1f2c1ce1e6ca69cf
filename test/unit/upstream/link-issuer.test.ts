import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UpstreamError } from '../../../src/domain/errors.js';
import type { LinkRequest } from '../../../src/domain/link.js';
import { createLinkIssuer, type LinkIssuerOptions } from '../../../src/upstream/link-issuer.js';
import { NotFoundError } from '../../../src/upstream/failure.js';
import type { Answer, SendOptions } from '../../../src/upstream/client.js';
import type { ApiOperation } from '../../../src/upstream/operation.js';
import type { Deadline } from '../../../src/upstream/policy/deadline.js';

const SENT_AT = new Date('2026-01-31T12:00:00Z');
const BARE_LINK = 'https://oss.example/k';
const noRoute = () => new NotFoundError(true);
const noBackup = () => new NotFoundError(false);
const timeout = () => new UpstreamError('UPSTREAM_TIMEOUT', 'late');

/** The response of a fake upstream: a link or an error. */
type Say = string | Error;
type Form = 'resource' | 'action';

/** An issuer over a fake client that responds in a later turn and records `<form> <backupId>`. */
function issuerOver(
  say: (form: Form, backupId: string) => Say,
  options: Partial<LinkIssuerOptions> = {},
) {
  const calls: string[] = [];
  let inFlight = 0;
  let peak = 0;
  const send = async <Result>(operation: ApiOperation<Result>): Promise<Answer<Result>> => {
    const isAction = operation.path.at(-1)?.endsWith(':describeBackupDownloadURL') ?? false;
    const form = isAction ? 'action' : 'resource';
    const backupId = operation.path[4]!.split(':')[0]!;
    calls.push(`${form} ${backupId}`);
    peak = Math.max(peak, (inFlight += 1));
    await new Promise((resolve) => setImmediate(resolve));
    inFlight -= 1;
    const said = say(form, backupId);
    if (typeof said !== 'string') throw said;
    const result = operation.parse({ publicURL: said, internalURL: '' });
    return { result, requestId: undefined, sentAt: SENT_AT, answeredAt: SENT_AT, weight: 0 };
  };
  const issuer = createLinkIssuer({
    client: { send },
    downloadUrlPath: 'auto',
    timeoutMs: 10_000,
    ...options,
  });
  const issue = (backupId: string, request: Partial<LinkRequest> = {}, signal?: AbortSignal) =>
    issuer.issue(
      { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId }, ...request },
      signal && { signal },
    );
  return { issue, calls, peak: () => peak };
}

async function codes(promises: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((end) =>
    end.status === 'fulfilled' ? 'link' : (end.reason as UpstreamError).code,
  );
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `bk-${index}`);

describe('an issued link', () => {
  const told = 'https://oss.example/k?Expires=1769900000&Signature=a+b/c==';

  it.each<[string, string, Partial<LinkRequest>, Date | undefined, string | null]>([
    ['the link itself', told, { lifetime: 60 }, undefined, '2026-01-31T22:53:20.000Z'],
    [
      'the time of the request plus its lifetime',
      BARE_LINK,
      { lifetime: 60 },
      undefined,
      '2026-01-31T12:01:00.000Z',
    ],
    ['nothing if nothing is known', BARE_LINK, {}, undefined, null],
    ['nothing without a link', '', { lifetime: 60 }, undefined, null],
    [
      'the credential if that expires first',
      told,
      {},
      new Date('2026-01-31T12:10:00Z'),
      '2026-01-31T12:10:00.000Z',
    ],
    [
      'nothing if only the expiry of the credential is known',
      BARE_LINK,
      {},
      new Date('2026-02-01T00:00:00Z'),
      null,
    ],
    [
      'nothing if the link has no valid date',
      'https://oss.example/k?Expires=999999999999',
      { lifetime: 60 },
      undefined,
      null,
    ],
  ])('takes its expiry from %s', async (_, link, request, credentialExpiresAt, expected) => {
    const { issue } = issuerOver(() => link, { credentialExpiresAt });
    const issued = await issue('bk-0', request);

    expect(issued.publicUrl).toBe(link || null);
    expect(issued.internalUrl).toBeNull();
    expect(issued.expiresAt?.toISOString() ?? null).toBe(expected);
    expect(issued.life === null).toBe(expected === null);
  });
});

describe('the path form', () => {
  it.each(['resource', 'action'] as const)('is always %s if configured', async (form) => {
    const { issue, calls } = issuerOver(noRoute, { downloadUrlPath: form });

    expect(await codes([issue('bk-0'), issue('bk-1')])).toEqual([
      'BACKUP_NOT_FOUND',
      'BACKUP_NOT_FOUND',
    ]);
    expect(calls).toEqual([`${form} bk-0`, `${form} bk-1`]);
  });

  it('is the resource form if that works, at one call per link', async () => {
    const { issue, calls } = issuerOver(() => BARE_LINK);
    await Promise.all(ids(50).map((id) => issue(id)));

    expect(calls).toEqual(ids(50).map((id) => `resource ${id}`));
  });

  it('is the action form if the route is unknown, which one call of fifty detects', async () => {
    const { issue, calls } = issuerOver((form) => (form === 'action' ? BARE_LINK : noRoute()));
    await Promise.all(ids(50).map((id) => issue(id)));
    await issue('bk-later');

    expect(calls).toHaveLength(52);
    expect(calls.filter((call) => call.startsWith('resource'))).toEqual(['resource bk-0']);
  });

  it('is settled by a missing backup in the resource form', async () => {
    const { issue, calls } = issuerOver((_, id) => (id === 'gone' ? noBackup() : noRoute()));

    expect(await codes([issue('gone'), issue('bk-1')])).toEqual([
      'BACKUP_NOT_FOUND',
      'BACKUP_NOT_FOUND',
    ]);
    expect(calls).toEqual(['resource gone', 'resource bk-1']);
  });

  it('is settled by a missing backup in the action form', async () => {
    const { issue, calls } = issuerOver((form) => (form === 'action' ? noBackup() : noRoute()));
    await codes([issue('gone'), issue('bk-1')]);

    expect(calls).toEqual(['resource gone', 'action gone', 'action bk-1']);
  });

  it('never falls back once the resource form has worked', async () => {
    let isKnown = true;
    const { issue, calls } = issuerOver(() => (isKnown ? BARE_LINK : noRoute()));
    await issue('bk-0');
    isKnown = false;

    expect(await codes([issue('bk-1')])).toEqual(['BACKUP_NOT_FOUND']);
    expect(calls).toEqual(['resource bk-0', 'resource bk-1']);
  });

  it('stays unsettled if both forms lack the backup, and waiting links continue at once', async () => {
    const { issue, calls } = issuerOver((form, id) =>
      form === 'action' && id !== 'gone' ? BARE_LINK : noRoute(),
    );

    expect(await codes(['gone', 'bk-1', 'bk-2'].map((id) => issue(id)))).toEqual([
      'BACKUP_NOT_FOUND',
      'link',
      'link',
    ]);
    expect(calls).toEqual([
      'resource gone',
      'action gone',
      'resource bk-1',
      'resource bk-2',
      'action bk-1',
      'action bk-2',
    ]);
  });

  it('stays unsettled for a page of missing backups, at two concurrent calls each', async () => {
    const { issue, calls, peak } = issuerOver(noRoute);

    expect(await codes(ids(50).map((id) => issue(id)))).toEqual(Array(50).fill('BACKUP_NOT_FOUND'));
    expect(calls).toHaveLength(100);
    expect(new Set(calls).size).toBe(100);
    expect(peak()).toBe(49);
  });

  it('stays unsettled if the upstream does not respond, without queueing', async () => {
    const { issue, calls, peak } = issuerOver(timeout);

    expect(await codes(['bk-0', 'bk-1', 'bk-2'].map((id) => issue(id)))).toEqual([
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_TIMEOUT',
    ]);
    expect(calls).toEqual(['resource bk-0', 'resource bk-1', 'resource bk-2']);
    expect(peak()).toBe(2);
  });

  it("is probed by the next link if the probe's caller disconnects", async () => {
    const gone = new Error('gone');
    const { issue, calls } = issuerOver((form, id) =>
      id === 'bk-0' ? gone : form === 'action' ? BARE_LINK : noRoute(),
    );
    const [first, ...others] = ['bk-0', 'bk-1', 'bk-2', 'bk-3'].map((id) => issue(id));

    await expect(first).rejects.toBe(gone);
    expect(await codes(others)).toEqual(['link', 'link', 'link']);
    expect(calls).toEqual([
      'resource bk-0',
      'resource bk-1',
      'action bk-1',
      'action bk-2',
      'action bk-3',
    ]);
  });

  it('is not probed further if a concurrent call has proved it', async () => {
    const say: Record<string, Say> = { 'bk-0': timeout(), 'bk-1': BARE_LINK, 'bk-2': noRoute() };
    const { issue, calls } = issuerOver((_, id) => say[id]!);

    expect(await codes(['bk-0', 'bk-1', 'bk-2'].map((id) => issue(id)))).toEqual([
      'UPSTREAM_TIMEOUT',
      'link',
      'BACKUP_NOT_FOUND',
    ]);
    expect(calls).toEqual(['resource bk-0', 'resource bk-1', 'resource bk-2']);
  });

  it('is not settled by rejected credentials', async () => {
    let refuses = true;
    const { issue, calls } = issuerOver((form) =>
      refuses
        ? new UpstreamError('UPSTREAM_AUTH', 'no')
        : form === 'action'
          ? BARE_LINK
          : noRoute(),
    );
    await codes([issue('bk-0')]);
    refuses = false;

    expect(await codes([issue('bk-1')])).toEqual(['link']);
    expect(calls).toEqual(['resource bk-0', 'resource bk-1', 'action bk-1']);
  });

  it('is not awaited by a disconnected caller', async () => {
    const { issue, calls } = issuerOver(() => BARE_LINK);
    const reason = new Error('gone');
    const probe = issue('bk-0');

    await expect(issue('bk-1', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    await probe;
    expect(calls).toEqual(['resource bk-0']);
  });

  describe('while a probe hangs, the path form', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    /** Sends requests that only their deadline ends. */
    function hangingIssuer() {
      const deadlines: (Deadline | undefined)[] = [];
      const send = (_: unknown, options: SendOptions = {}) => {
        deadlines.push(options.deadline);
        return new Promise<never>((_resolve, reject) => {
          options.deadline?.signal.addEventListener('abort', () => {
            reject(timeout());
          });
        });
      };
      const client = { send };
      const issuer = createLinkIssuer({ client, downloadUrlPath: 'auto', timeoutMs: 10_000 });
      const issue = (backupId: string) =>
        issuer.issue({ backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId } });
      return { issue, deadlines };
    }

    it('is awaited for half of a deadline, and all calls end in time', async () => {
      const { issue, deadlines } = hangingIssuer();
      const ends = codes(ids(50).map((id) => issue(id)));
      await jest.advanceTimersByTimeAsync(4999);
      expect(deadlines).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(1);
      expect(deadlines).toHaveLength(50);
      expect(deadlines.every((deadline) => deadline?.remaining() === 5000)).toBe(true);
      await jest.advanceTimersByTimeAsync(5000);

      expect(await ends).toEqual(Array(50).fill('UPSTREAM_TIMEOUT'));
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('is tried in both forms within one deadline', async () => {
    const deadlines: (Deadline | undefined)[] = [];
    const send = (_: unknown, options: SendOptions = {}) => {
      deadlines.push(options.deadline);
      return Promise.reject(noRoute());
    };
    const issuer = createLinkIssuer({
      client: { send },
      downloadUrlPath: 'auto',
      timeoutMs: 10_000,
    });
    await codes([issuer.issue({ backup: { regionId: 'r', instanceId: 'i', backupId: 'b' } })]);

    expect(deadlines).toHaveLength(2);
    expect(deadlines[0]).toBeDefined();
    expect(deadlines[1]).toBe(deadlines[0]);
  });
});
