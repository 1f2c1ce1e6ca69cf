import { beforeEach, describe, expect, it } from '@jest/globals';
import { BackupLinkDocument } from '../generated/operations.js';
import { useProduct } from '../helpers/product.js';
import { fail } from '../helpers/scripted-replies.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let logged: number;

const { product, upstream } = await useProduct({
  backups: [backupRow({ backupId: 'b-1' })],
  env: {
    ...SECRET_AUTH,
    LOG_LEVEL: 'info',
    LINK_REUSE: '0',
  },
});

beforeEach(() => {
  logged = product.log.length;
});

/** The lines of this test, without times. */
function lines(): any[] {
  return product.log.slice(logged).map((line) => {
    const { level, time, durationMs, ...rest } = JSON.parse(line);
    expect(level).toBeGreaterThanOrEqual(30);
    expect(Date.parse(time)).not.toBeNaN();
    expect(durationMs ?? 0).toBeGreaterThanOrEqual(0);
    return rest;
  });
}

describe('the log line of an operation', () => {
  it('names caller, operation, outcome and cost', async () => {
    const headers = { ...(await bearer()), 'x-request-id': 'balancer-0001' };
    await product.query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' }, headers);
    expect(lines()).toEqual([
      {
        httpRequestId: 'balancer-0001',
        operation: 'BackupLink',
        type: 'query',
        caller: 'alice',
        status: 200,
        codes: [],
        upstreamCalls: { describeBackups: 1, describeBackupDownloadURL: 1 },
        msg: 'operation',
      },
    ]);
  });

  it('stands beside the cause of a failure, under the same id', async () => {
    upstream.handle('describeBackupDownloadURL', fail(403, 'HTTP_FORBIDDEN'));
    const id = { 'x-request-id': 'balancer-0002' };
    const variables = { id: ID, fileName: 'shop.bak' };
    await product.query(BackupLinkDocument, variables, { ...(await bearer()), ...id });
    expect(lines()).toEqual([
      expect.objectContaining({
        httpRequestId: 'balancer-0002',
        error: expect.objectContaining({ cause: { status: 403, errorStatus: 'HTTP_FORBIDDEN' } }),
        msg: 'upstream failure',
      }),
      expect.objectContaining({
        httpRequestId: 'balancer-0002',
        codes: ['UPSTREAM_AUTH'],
        status: 200,
        msg: 'operation',
      }),
    ]);
  });

  it('is written for a refused operation too, without a name nobody checked', async () => {
    await product.query('query { nothing }', {}, await bearer());
    await product.query('query {', {}, await bearer());
    expect(
      lines().map(({ operation, type, codes, caller }) => [operation, type, codes, caller]),
    ).toEqual([
      [undefined, null, ['GRAPHQL_VALIDATION_FAILED'], 'alice'],
      [undefined, null, ['GRAPHQL_PARSE_FAILED'], 'alice'],
    ]);
  });

  it('names no caller without one', async () => {
    await product.query('{ __typename }');
    expect(lines()).toEqual([expect.not.objectContaining({ caller: expect.anything() })]);
  });

  it('truncates text that callers choose', async () => {
    await product.query(
      `query ${'N'.repeat(200)} { __typename }`,
      {},
      await bearer({ sub: 's'.repeat(200) }),
    );
    const [{ operation, caller }] = lines();
    expect([operation.length, caller.length]).toEqual([128, 128]);
  });
});

it('writes a line for a request that never came to be an operation', async () => {
  await product.query(
    '{ __typename }',
    {},
    { authorization: 'Bearer nonsense', 'x-request-id': 'balancer-0005' },
  );
  await product.post('{', await bearer());
  // The line comes with the end of the connection's answer, which the client may see first.
  await fetch(`${product.origin}/health/live`);
  expect(lines().map(({ msg, status, httpRequestId }) => [msg, status, httpRequestId])).toEqual([
    ['token refused', undefined, 'balancer-0005'],
    ['request', 401, 'balancer-0005'],
    ['request', 400, expect.stringMatching(UUID)],
  ]);
});

describe('the id of a request', () => {
  it.each([
    'balancer-0001',
    '0123456789abcdef',
    '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
    'a.b_c-d.e',
  ])('is adopted and returned: %s', async (id) => {
    const answer = await fetch(`${product.origin}/health/live`, {
      headers: { 'x-request-id': id },
    });
    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  it.each(['short', 'x'.repeat(65), 'with space', 'a/b?c=d/e', 'Bearer:abcdefgh', 'ünïcödé-id'])(
    'is a new one in place of %j',
    async (id) => {
      const headers = { 'x-request-id': Buffer.from(id).toString('latin1') };
      const answer = await fetch(`${product.origin}/health/live`, { headers });
      expect(answer.headers.get('x-request-id')).toMatch(UUID);
    },
  );

  it('is in answers that are errors, and in the audit record', async () => {
    const headers = { ...(await bearer()), 'x-request-id': 'balancer-0003' };
    await product.query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' }, headers);
    expect(product.audit().at(-1)).toMatchObject({ httpRequestId: 'balancer-0003' });
    const refused = await product.query(
      '{ a }',
      {},
      { authorization: 'Bearer no', 'x-request-id': 'balancer-0004' },
    );
    expect(refused.headers.get('x-request-id')).toBe('balancer-0004');
  });
});
