import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClosers } from '../../src/app/closers.js';
import { fetchKeysThroughProxy } from '../../src/app/authentication.js';
import { createAuthenticator } from '../../src/auth/authenticator.js';
import { Secret } from '../../src/config/secret.js';
import { toConfig } from '../../src/config/to-config.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.js';
import { PARTIES, startIssuer } from '../helpers/tokens.js';
import { startTunnelProxy, type TunnelProxy } from '../helpers/tunnel-proxy.js';
import { testClient } from '../helpers/upstream-client.js';

const operation = describeBackupDownloadUrl(
  { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: 'bk-1' } },
  'resource',
);

let upstream: ScriptedUpstream;
let proxy: TunnelProxy;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    handlers: { describeBackupDownloadURL: ok({ publicURL: '', internalURL: '' }) },
  });
  proxy = await startTunnelProxy();
});
afterEach(async () => {
  await upstream.close();
  await proxy.close();
});

describe('the upstream', () => {
  it('is reached through the proxy of its scheme, with the credentials of the proxy', async () => {
    const client = testClient({
      origin: upstream.origin,
      proxy: { http: new Secret(`http://user:pass@${proxy.host}`) },
    });
    await client.send(operation);
    await client.close();

    expect(proxy.tunnels).toEqual([
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
    // The scripted upstream has no TLS: an https call ends at the handshake, after the tunnel.
    const client = testClient({
      origin: upstream.origin.replace('http:', `${own}:`),
      proxy: { [scheme]: new Secret(`http://${proxy.host}`) },
      maxRetries: 0,
    });
    await client.send(operation).catch(() => undefined);
    await client.close();

    expect(proxy.tunnels).toHaveLength(count);
  });

  it('is reached directly if its host is excluded', async () => {
    const client = testClient({
      origin: upstream.origin,
      proxy: { http: new Secret(`http://${proxy.host}`), no: 'localhost,127.0.0.1' },
    });
    await client.send(operation);
    await client.close();

    expect(proxy.tunnels).toEqual([]);
    expect(upstream.calls()).toHaveLength(1);
  });
});

describe('token keys', () => {
  it('are fetched through the proxy', async () => {
    const issuer = await startIssuer();
    const closers = createClosers();
    const { auth } = toConfig({
      ...PARTIES,
      AUTH_JWKS_URL: issuer.jwksUrl,
      HTTP_PROXY: `http://${proxy.host}`,
    });
    const authenticate = createAuthenticator(auth, {
      logger: createLogger('silent'),
      fetchKeys: fetchKeysThroughProxy(auth, closers),
    });
    const caller = await authenticate(`Bearer ${await issuer.token({ sub: 'alice' })}`);
    await closers.closeAll(0);
    await issuer.close();

    expect(caller.id).toBe('alice');
    expect(issuer.fetches()).toBe(1);
    expect(proxy.tunnels.map(({ target }) => target)).toEqual([new URL(issuer.jwksUrl).host]);
  });
});
