import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Secret } from '../../src/config/secret.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.js';
import { testClient } from '../helpers/upstream-client.js';

const operation = describeBackupDownloadUrl(
  { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' } },
  'resource',
);

let upstream: ScriptedUpstream;
let proxy: Server;
let proxyHost: string;
/** Targets of the tunnels that were asked for, and the credentials they came with. */
let tunnels: { target: string | undefined; credentials: string | undefined }[];

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    handlers: { describeBackupDownloadURL: ok({ publicURL: '', internalURL: '' }) },
  });
  tunnels = [];
  proxy = createServer().on('connect', (request, client) => {
    tunnels.push({
      target: request.url,
      credentials: request.headers['proxy-authorization'],
    });
    const [host = '', port] = (request.url ?? '').split(':');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    for (const side of [client, server]) {
      side.on('error', () => {
        client.destroy();
        server.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxyHost = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await upstream.close();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

describe('the upstream', () => {
  it('is reached through the proxy of its scheme, with the credentials of the proxy', async () => {
    const client = testClient({
      origin: upstream.origin,
      proxy: { http: new Secret(`http://user:pass@${proxyHost}`) },
    });
    await client.send(operation);
    await client.close();

    expect(tunnels).toEqual([
      {
        target: new URL(upstream.origin).host,
        credentials: `Basic ${Buffer.from('user:pass').toString('base64')}`,
      },
    ]);
    expect(upstream.calls()).toHaveLength(1);
  });

  it.each([
    ['http', 'http', 1],
    ['http', 'https', 0],
    ['https', 'https', 1],
    ['https', 'http', 0],
  ] as const)('at an %s address asks the %s proxy for %d tunnels', async (own, scheme, count) => {
    // The scripted upstream speaks no TLS: an https call ends at the handshake, after the tunnel.
    const client = testClient({
      origin: upstream.origin.replace('http:', `${own}:`),
      proxy: { [scheme]: new Secret(`http://${proxyHost}`) },
      maxRetries: 0,
    });
    await client.send(operation).catch(() => undefined);
    await client.close();

    expect(tunnels).toHaveLength(count);
  });

  it('is reached directly where its host is excepted', async () => {
    const client = testClient({
      origin: upstream.origin,
      proxy: { http: new Secret(`http://${proxyHost}`), no: 'localhost,127.0.0.1' },
    });
    await client.send(operation);
    await client.close();

    expect(tunnels).toEqual([]);
    expect(upstream.calls()).toHaveLength(1);
  });
});
