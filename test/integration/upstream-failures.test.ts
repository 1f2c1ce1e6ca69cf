import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { Secret } from '../../src/config/secret.js';
import type { UpstreamError } from '../../src/domain/errors.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import { listening } from '../helpers/closing.js';
import {
  cutAtClose,
  cutByLength,
  cutChunked,
  dripped,
  empty,
  fail,
  html,
  json,
  ok,
  oversized,
  redirect,
  reset,
  stallInBody,
  text,
  type Reply,
} from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { testClient } from '../helpers/upstream-client.js';

const operation = describeBackupDownloadUrl(
  { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' }, fileName: 'a.bak' },
  'resource',
);

const upstream = await startScriptedUpstream();
const client = testClient({ origin: upstream.origin });

async function failure(...replies: Reply[]): Promise<UpstreamError> {
  upstream.handle('describeBackupDownloadURL', replies);
  const error: unknown = await client.send(operation).then(
    () => 'answered',
    (thrown: unknown) => thrown,
  );
  return error as UpstreamError;
}

describe('an upstream failure', () => {
  it.each([
    ['400', fail(400, 'INVALID_ARGUMENT'), 'UPSTREAM_BAD_RESPONSE', 1],
    ['403', fail(403, 'PERMISSION_DENIED'), 'UPSTREAM_AUTH', 1],
    ['404 as HTML', html(404), 'BACKUP_NOT_FOUND', 1],
    [
      '400 that speaks of NOT_FOUND',
      fail(400, 'INVALID_ARGUMENT', { message: 'NOT_FOUND' }),
      'UPSTREAM_BAD_RESPONSE',
      1,
    ],
    ['429', fail(429, 'RATE_LIMIT'), 'UPSTREAM_THROTTLED', 3],
    ['502 as HTML', html(502), 'UPSTREAM_UNAVAILABLE', 3],
    ['200 with HTML', html(200), 'UPSTREAM_BAD_RESPONSE', 1],
    ['200 without a body', empty(200), 'UPSTREAM_BAD_RESPONSE', 1],
    ['204', text(204, ''), 'UPSTREAM_BAD_RESPONSE', 1],
    ['200 with half a JSON', text(200, '{"result":{"publicURL":"htt'), 'UPSTREAM_BAD_RESPONSE', 1],
    ['200 without a result', json(200, { requestId: 'r' }), 'UPSTREAM_BAD_RESPONSE', 1],
    ['200 with an empty result', ok({}), 'UPSTREAM_BAD_RESPONSE', 1],
    ['more than 10 MB', oversized(11 * 1024 * 1024), 'UPSTREAM_BAD_RESPONSE', 1],
    ['a body cut short of its length', cutByLength(), 'UPSTREAM_UNAVAILABLE', 3],
    ['a chunked body cut short', cutChunked(), 'UPSTREAM_UNAVAILABLE', 3],
    ['a body cut by the end of its connection', cutAtClose(), 'UPSTREAM_BAD_RESPONSE', 3],
    ['a reset connection', reset(), 'UPSTREAM_UNAVAILABLE', 3],
  ])('by %s is reported with its code and number of attempts', async (_, reply, code, calls) => {
    const error = await failure(reply);

    expect({ code: error.code, calls: upstream.calls().length }).toEqual({ code, calls });
  });

  it.each([
    ['stalls after its headers', stallInBody()],
    ['is a body that drips', dripped(40)],
  ])('that %s ends with the time of each attempt', async (_, reply) => {
    upstream.handle('describeBackupDownloadURL', reply);
    const hasty = testClient({ origin: upstream.origin, attemptTimeoutMs: 300, maxRetries: 1 });

    await expect(hasty.send(operation)).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(upstream.calls()).toHaveLength(2);
  });

  it.each([
    ['by the gateway', fail(404, 'NOT_FOUND'), true],
    ['by the gateway as HTML', html(405), true],
    ['by the service', fail(400, 'ResourceError.NotFound'), false],
    ['by the service with 404', fail(404, 'ResourceError.NotFound'), false],
    ['inside a 200', json(200, { error: { code: 404, status: 'NOT_FOUND' } }), false],
  ])('"not found" said %s decides whether the route is in doubt', async (_, reply, mayBeRoute) => {
    expect(await failure(reply)).toMatchObject({ code: 'BACKUP_NOT_FOUND', mayBeRoute });
  });

  it('by redirect is not followed', async () => {
    const elsewhere = await startScriptedUpstream();
    const error = await failure(redirect(`${elsewhere.origin}/v1/regions/cn-north-1/backups`));
    const samePlace = await failure(redirect('/v1/regions/cn-north-1/instances', 307));
    await elsewhere.close();

    expect([error.code, samePlace.code]).toEqual([
      'UPSTREAM_BAD_RESPONSE',
      'UPSTREAM_BAD_RESPONSE',
    ]);
    expect(error.message).toMatch(/unexpected redirect/);
    expect(elsewhere.calls()).toHaveLength(0);
    expect(upstream.calls()).toHaveLength(2);
  });

  it('exposes the request id and no other upstream text', async () => {
    const error = await failure(fail(403, 'PERMISSION_DENIED', { requestId: 'req-42' }));

    expect(error.details).toEqual({ requestId: 'req-42' });
    expect(error.cause).toEqual({ status: 403, errorStatus: 'PERMISSION_DENIED' });
    expect(error.message).not.toMatch(/TESTAK|StringToSign|127\.0\.0\.1/);
  });

  it.each<[string, Reply, object]>([
    [
      'of a result without a link',
      ok({ publicUrl: 'x' }, { requestId: 'r-1' }),
      { requestId: 'r-1' },
    ],
    ['of a header', text(404, '<html>', { 'x-jdcloud-request-id': 'r-2' }), { requestId: 'r-2' }],
    ['that is none', fail(403, 'PERMISSION_DENIED', { requestId: 'a b\nc' }), {}],
  ])('exposes, or not, the request id %s', async (_, reply, details) => {
    expect((await failure(reply)).details).toEqual(details);
  });

  it('keeps the code of a failed connection for the log', async () => {
    const gone = await startScriptedUpstream();
    await gone.close();
    const lost = testClient({ origin: gone.origin });

    await expect(lost.send(operation)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { code: 'ECONNREFUSED' },
    });
  });
});

describe('a proxy that refuses a tunnel', () => {
  it.each([403, 407, 502])('with %d is named as the cause, for the log', async (status) => {
    const proxy = createServer();
    proxy.on('connect', (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} no\r\ncontent-length: 0\r\n\r\n`);
    });
    const { port } = await listening(proxy);
    const through = testClient({
      origin: 'https://upstream.invalid',
      proxy: { https: new Secret(`http://user:sesame@127.0.0.1:${port}`) },
      maxRetries: 0,
    });

    await expect(through.send(operation)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { code: `PROXY_RESPONSE_${status}` },
    });
  });
});
