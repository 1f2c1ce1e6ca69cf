import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, print } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '../../src/domain/errors.js';
import { BackupLinkDocument, BackupLinksPageDocument } from '../generated/operations.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { dataHandlers } from '../helpers/scripted-data.js';
import { fail, ok, type Reply, stall } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { until } from '../helpers/until.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';
import { connections } from './connections.js';
import { ADVICE, adviceFor } from './recipes/advice.js';

const sqlId = `${REGION}/${SQL_INSTANCE}/sql-1`;
const mySqlId = `${REGION}/${MYSQL_INSTANCE}/my-1`;
const LINK = ok({ publicURL: 'https://oss.example/k?Signature=s', internalURL: '' });

type Document = TypedDocumentNode<unknown, any>;

/** How an error is provoked; by default the request is valid and succeeds. */
interface Cause {
  readonly variables?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** The upstream's response to a request for a link. */
  readonly reply?: Reply;
  /** Whether another request is in progress. */
  readonly busy?: boolean;
  /** Further members of the error's extensions. */
  readonly extensions?: Record<string, unknown>;
}

/** Two lists in one query; the second may fail. */
const TWO_LISTS: Document = parse(`query TwoLists($here: ID!, $there: ID!, $instanceId: ID!) {
  here: backups(regionId: $here, instanceId: $instanceId) { nodes { id } }
  there: backups(regionId: $there, instanceId: $instanceId) { nodes { id } }
}`);

/** Rejected before GraphQL runs, so not the code of a field. */
type Refusal = 'SERVICE_UNAVAILABLE';

/** One of each way that an error can take: of a field, of the whole query, and by statuses of HTTP. */
const causes: Readonly<Partial<Record<ErrorCode | Refusal, Cause>>> = {
  FILE_NAME_REQUIRED: {
    variables: { id: sqlId },
    extensions: { availableFiles: ['shop.bak', 'crm.bak'] },
  },
  UPSTREAM_THROTTLED: {
    reply: fail(429, 'RATE_LIMIT', { headers: { 'retry-after': '7' } }),
    extensions: { requestId: 'req-fail', retryAfter: 7 },
  },
  QUERY_TOO_COMPLEX: { env: { MAX_QUERY_DEPTH: '1' } },
  BAD_USER_INPUT: { variables: { id: mySqlId, expiresIn: 0.5 } },
  UNAUTHENTICATED: { claims: { exp: 1 } },
  SERVICE_UNAVAILABLE: { reply: stall(), env: { MAX_CONCURRENT_REQUESTS: '1' }, busy: true },
};

const stored = {
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [
    backupRow({ backupId: 'sql-1' }),
    mySqlBackupRow({ backupId: 'my-1' }),
    mySqlBackupRow({ backupId: 'my-2' }),
  ],
};

const upstream = await startScriptedUpstream(stored);

const startChecked = (env: Record<string, string> = {}): Promise<Product> =>
  startProductAt(upstream.origin, { ...SECRET_AUTH, UPSTREAM_MAX_RETRIES: '0', ...env });

describe.each(Object.entries(causes))('%s', (code, cause) => {
  const { variables = { id: mySqlId } } = cause;
  const document: Document = BackupLinkDocument;
  let product: Product;
  let headers: Record<string, string>;
  const other = new AbortController();

  beforeAll(async () => {
    product = await startChecked(cause.env);
    headers = await bearer(cause.claims);
    upstream.reset();
    upstream.handle('describeBackupDownloadURL', cause.reply ?? LINK);
    if (!cause.busy) return;
    const request = { query: print(document), variables };
    void product.post(request, headers, other.signal).catch(() => undefined);
    await until(() => upstream.calls('describeBackupDownloadURL').length > 0);
  });
  afterAll(() => {
    other.abort();
  });

  it.each(connections)('reaches the page through %s as sent', async (_name, connect) => {
    const sent = await product.query(print(document), variables, headers);
    const ask = connect(`${product.origin}/graphql`, headers);
    const { failures } = await ask(document, variables);
    expect(
      failures.map(({ message, path, extensions }) => ({ message, path, extensions })),
    ).toEqual(sent.errors.map(({ message, path, extensions }) => ({ message, path, extensions })));
    expect(failures[0]?.extensions).toMatchObject({ code, ...cause.extensions });
    expect(adviceFor(failures[0]!)).toBe(ADVICE[code as keyof typeof ADVICE]);
  });
});

describe.each(connections)('a partial response through %s', (_name, connect) => {
  let product: Product;

  beforeAll(async () => {
    product = await startChecked();
  });
  beforeEach(() => {
    upstream.handle('describeBackupDownloadURL', ({ backupId }) =>
      backupId === 'my-1' ? fail(503, 'UNAVAILABLE') : LINK,
    );
  });

  it('keeps the data beside the error, which names its field', async () => {
    const ask = connect(`${product.origin}/graphql`, await bearer());
    const { data, failures } = await ask(BackupLinksPageDocument, {
      regionId: REGION,
      instanceId: MYSQL_INSTANCE,
    });
    expect(data?.backups?.nodes.map(({ downloadURL }) => downloadURL?.available)).toEqual([
      undefined,
      true,
    ]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      path: ['backups', 'nodes', 0, 'downloadURL'],
      extensions: { code: 'UPSTREAM_UNAVAILABLE', requestId: 'req-fail' },
    });
    expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(2);
  });

  it('keeps one list beside another that fails', async () => {
    const { describeBackups } = dataHandlers(stored);
    upstream.handle('describeBackups', (call) =>
      call.regionId === REGION ? describeBackups(call) : fail(503, 'UNAVAILABLE'),
    );
    const ask = connect(`${product.origin}/graphql`, await bearer());
    const { data, failures } = await ask(TWO_LISTS, {
      here: REGION,
      there: 'cn-east-2',
      instanceId: SQL_INSTANCE,
    });
    expect(data).toMatchObject({ here: { nodes: [{ id: sqlId }] }, there: null });
    expect(failures).toMatchObject([
      { path: ['there'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
    expect(upstream.counts()).toEqual({ describeBackups: 2 });
  });
});

describe('the advice', () => {
  it('covers every code of the service and no other', () => {
    expect(Object.keys(ADVICE).sort()).toEqual([...ERROR_CODES, 'SERVICE_UNAVAILABLE'].sort());
  });

  it.each([{}, { extensions: { code: 'NEWER' } }, { extensions: { code: 'constructor' } }])(
    'has a sentence for %j',
    (failure) => {
      expect(adviceFor({ message: '', ...failure })[0]).toBe(
        'Something went wrong in the service.',
      );
    },
  );
});
