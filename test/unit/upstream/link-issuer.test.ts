import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../src/domain/errors.js';
import type { LinkRequest } from '../../../src/domain/link.js';
import type { Answer, SendOptions } from '../../../src/upstream/client.js';
import { NotFoundError } from '../../../src/upstream/failure.js';
import { createLinkIssuer, type LinkIssuerOptions } from '../../../src/upstream/link-issuer.js';
import type { ApiOperation } from '../../../src/upstream/operation.js';

const SENT_AT = new Date('2026-01-31T12:00:00Z');
const BARE_LINK = 'https://oss.example/k';
const noRoute = () => new NotFoundError(true);
const noBackup = () => new NotFoundError(false);
const refused = () => new UpstreamError('UPSTREAM_AUTH', 'no');

type Form = 'resource' | 'action';
/** Answers with a link or an error. */
type Say = (form: Form, backupId: string) => string | Error;

/** An issuer over a client that answers in a later turn, and records `<form> <backupId>`. */
function issuerOver(
  say: Say,
  options: Partial<LinkIssuerOptions> = {},
  credentialExpiresAt?: Date,
) {
  const calls: string[] = [];
  const deadlines = new Set<unknown>();
  const send = async <Result>(
    operation: ApiOperation<Result>,
    { deadline }: SendOptions = {},
  ): Promise<Answer<Result>> => {
    const form = operation.path.at(-1)?.includes(':') ? 'action' : 'resource';
    const backupId = operation.path[4]!.split(':')[0]!;
    calls.push(`${form} ${backupId}`);
    deadlines.add(deadline);
    await new Promise((resolve) => setImmediate(resolve));
    const said = say(form, backupId);
    if (typeof said !== 'string') throw said;
    const result = operation.parse({ publicURL: said, internalURL: '' });
    const times = { sentAt: SENT_AT, answeredAt: SENT_AT, credentialExpiresAt };
    return { result, requestId: undefined, weight: 0, ...times };
  };
  const issueLink = createLinkIssuer({
    client: { send },
    downloadUrlPath: 'auto',
    timeoutMs: 10_000,
    ...options,
  });
  const issue = (backupId: string, request: Partial<LinkRequest> = {}) =>
    issueLink({ backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId }, ...request });
  const codesOf = async (...backupIds: string[]) => {
    const ends = await Promise.allSettled(backupIds.map((id) => issue(id)));
    return ends.map((end) =>
      end.status === 'fulfilled' ? 'link' : (end.reason as UpstreamError).code,
    );
  };
  return { issue, codesOf, calls, deadlines };
}

describe('an issued link', () => {
  const dated = 'https://oss.example/k?Expires=1769900000&Signature=a+b/c==';

  it.each<[string, string, Partial<LinkRequest>, Date | undefined, string | null]>([
    ['the link itself', dated, { lifetime: 60 }, undefined, '2026-01-31T22:53:20.000Z'],
    [
      'the call and its lifetime',
      BARE_LINK,
      { lifetime: 60 },
      undefined,
      '2026-01-31T12:01:00.000Z',
    ],
    ['the credential', dated, {}, new Date('2026-01-31T12:10Z'), '2026-01-31T12:10:00.000Z'],
    ['nothing if nothing is known', BARE_LINK, {}, undefined, null],
  ])('takes its expiry from %s', async (_, link, request, credentialExpiresAt, expected) => {
    const issued = await issuerOver(() => link, {}, credentialExpiresAt).issue('bk-0', request);

    expect(issued).toMatchObject({ publicUrl: link || null, internalUrl: null });
    expect(issued.expiresAt?.toISOString() ?? null).toBe(expected);
    expect(issued.life === null).toBe(expected === null);
  });
});

describe('the path form', () => {
  it.each(['resource', 'action'] as const)('is always %s if configured', async (form) => {
    const { codesOf, calls } = issuerOver(noRoute, { downloadUrlPath: form });
    expect(await codesOf('bk-0', 'bk-1')).toEqual(['BACKUP_NOT_FOUND', 'BACKUP_NOT_FOUND']);
    expect(calls).toEqual([`${form} bk-0`, `${form} bk-1`]);
  });

  it.each<[string, Say, string[]]>([
    ['a link', () => BARE_LINK, ['resource bk-0', 'resource later']],
    [
      'a link in the action form',
      (form) => (form === 'action' ? BARE_LINK : noRoute()),
      ['resource bk-0', 'action bk-0', 'action later'],
    ],
    ['a missing backup', noBackup, ['resource bk-0', 'resource later']],
    [
      'a missing backup in the action form',
      (form) => (form === 'action' ? noBackup() : noRoute()),
      ['resource bk-0', 'action bk-0', 'action later'],
    ],
  ])('is settled by %s', async (_, say, expected) => {
    const { codesOf, calls } = issuerOver(say);
    await codesOf('bk-0');
    await codesOf('later');
    expect(calls).toEqual(expected);
  });

  it.each<[string, Say, string[]]>([
    [
      'no route in both',
      noRoute,
      ['resource bk-0', 'action bk-0', 'resource later', 'action later'],
    ],
    ['rejected credentials', refused, ['resource bk-0', 'resource later']],
  ])('is not settled by %s', async (_, say, expected) => {
    const { codesOf, calls } = issuerOver(say);
    await codesOf('bk-0');
    await codesOf('later');
    expect(calls).toEqual(expected);
  });

  it('is tried in both forms within one deadline', async () => {
    const { codesOf, calls, deadlines } = issuerOver(noRoute);
    await codesOf('bk-0');
    expect(calls).toHaveLength(2);
    expect([...deadlines]).toEqual([expect.anything()]);
  });

  it('is not tried further once another call has proved it', async () => {
    const { codesOf, calls } = issuerOver((_, id) => (id === 'bk-0' ? BARE_LINK : noRoute()));
    expect(await codesOf('bk-0', 'bk-1')).toEqual(['link', 'BACKUP_NOT_FOUND']);
    expect(calls).toEqual(['resource bk-0', 'resource bk-1']);
  });
});
