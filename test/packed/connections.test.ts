import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { SHIPPED, startProcess, type ProductProcess } from '../helpers/product-process.js';
import { COMMON_REDIS, sharingEnv } from '../helpers/redis.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { startTlsFront } from '../helpers/tls-front.js';
import { PARTIES, startIssuer } from '../helpers/tokens.js';
import { startTraceCollector } from '../helpers/trace-collector.js';
import { startTunnelProxy, type TunnelProxy } from '../helpers/tunnel-proxy.js';
import { until } from '../helpers/until.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

/** Every connection that the product opens but that to a bucket, from the programs that are shipped. */
const CLOUD = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'JDC_TESTKEY',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
};
const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const BACKUP = `{ backup(id: "${ID}") { name downloadURL(fileName: "shop.bak") { ... on DownloadLink { available } } } }`;

async function ask({ query }: ProductProcess, document: string, headers = {}): Promise<unknown> {
  return JSON.parse((await query(document, {}, headers)).text);
}

const startCloud = () =>
  startScriptedUpstream({
    backups: [backupRow({ backupId: 'b-1' })],
    instances: [instanceRow()],
  });

const startWith = (endpoint: string, env: Readonly<Record<string, string>> = {}) =>
  startProcess({ ...CLOUD, JDCLOUD_ENDPOINT: endpoint, ...env });

const found = { data: { backup: { name: 'nightly', downloadURL: { available: true } } } };

const targets = ({ tunnels }: TunnelProxy): (string | undefined)[] => [
  ...new Set(tunnels.map(({ target }) => target)),
];

/** Forms of the variables by the scheme of the address that is called; `proxy` is host and port. */
const FORMS: readonly [string, 'http' | 'https', (proxy: string) => Record<string, string>][] = [
  ['HTTP_PROXY', 'http', (proxy) => ({ HTTP_PROXY: `http://${proxy}` })],
  [
    'https_proxy without a scheme, before HTTPS_PROXY',
    'https',
    (proxy) => ({ https_proxy: proxy, HTTPS_PROXY: 'http://127.0.0.1:9' }),
  ],
  [
    'HTTPS_PROXY with an encoded password, beside NO_PROXY of other hosts',
    'https',
    (proxy) => ({
      HTTPS_PROXY: `http://user:p%40ss@${proxy}/`,
      NO_PROXY: 'example.com,.internal',
    }),
  ],
];

describe('the cloud', () => {
  it.each(FORMS)('is called through the proxy of %s', async (_form, scheme, env) => {
    const cloud = await startCloud();
    const proxy = await startTunnelProxy();
    const front = await startTlsFront(cloud.origin);
    const endpoint = scheme === 'https' ? front.origin : cloud.origin;
    const certificate = { NODE_EXTRA_CA_CERTS: front.certificateFile };
    const product = await startWith(endpoint, { ...certificate, ...env(proxy.host) });

    expect(await ask(product, BACKUP)).toEqual(found);
    expect(targets(proxy)).toEqual([new URL(endpoint).host]);
  });

  it.each<[string, (proxy: string) => Record<string, string>]>([
    ['NO_PROXY names its host', (proxy) => ({ HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' })],
    ['the proxy is for another scheme', (proxy) => ({ HTTPS_PROXY: proxy })],
  ])('is called directly if %s', async (_reason, env) => {
    const cloud = await startCloud();
    const proxy = await startTunnelProxy();
    const product = await startWith(cloud.origin, env(proxy.host));

    expect(await ask(product, BACKUP)).toEqual(found);
    expect(proxy.tunnels).toEqual([]);
  });

  it('cannot be called through a proxy that is down, and the log names the cause', async () => {
    const cloud = await startCloud();
    const product = await startWith(cloud.origin, {
      HTTP_PROXY: 'http://user:secret@127.0.0.1:9',
      UPSTREAM_MAX_RETRIES: '0',
    });

    expect(await ask(product, BACKUP)).toMatchObject({
      errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }],
    });
    expect(cloud.calls()).toEqual([]);
    await until(() => product.output().includes('ECONNREFUSED'));
    expect(product.output()).not.toContain('secret');
    expect(product.output()).not.toContain('UNKNOWN');
  });
});

describe('the key set of tokens', () => {
  it.each([false, true])('is fetched (through a proxy: %s)', async (isProxied) => {
    const cloud = await startCloud();
    const issuer = await startIssuer();
    const proxy = await startTunnelProxy();
    const product = await startWith(cloud.origin, {
      ...PARTIES,
      AUTH_JWKS_URL: issuer.jwksUrl,
      ...(isProxied && { HTTP_PROXY: `http://${proxy.host}` }),
    });
    const token = await issuer.token({ sub: 'alice' });

    expect(await ask(product, BACKUP, { authorization: `Bearer ${token}` })).toEqual(found);
    const expected = [new URL(issuer.jwksUrl).host, new URL(cloud.origin).host].sort();
    expect(targets(proxy).sort()).toEqual(isProxied ? expected : []);
  });
});

it('Redis is connected', async () => {
  const cloud = await startCloud();
  const product = await startWith(cloud.origin, sharingEnv(COMMON_REDIS));

  expect(await ask(product, BACKUP)).toEqual(found);
  await until(() => product.output().includes('Redis connected'));
});

it('the collector of traces receives the spans', async () => {
  const cloud = await startCloud();
  const collector = await startTraceCollector();
  const product = await startWith(cloud.origin, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
  });
  await ask(product, BACKUP);
  product.kill('SIGTERM');
  await product.exited;

  expect(collector.spans().map(({ name }) => name)).toContain('describeBackupDownloadURL');
});

describe('the service of the command line', () => {
  const run = promisify(execFile);

  it.each(FORMS)('is called through the proxy of %s', async (_form, scheme, env) => {
    // A name other than localhost, which is never called through a proxy.
    const proxy = await startTunnelProxy((name) => (name === 'backups.test' ? '127.0.0.1' : name));
    const cloud = await startCloud();
    const product = await startWith(cloud.origin, { ALLOW_ANONYMOUS: 'true' });

    const front = await startTlsFront(product.origin, 'backups.test');
    const url = new URL(scheme === 'https' ? front.origin : product.origin);
    url.hostname = 'backups.test';
    const { stdout } = await run(
      process.execPath,
      [SHIPPED.backups, 'list', `${REGION}/${SQL_INSTANCE}`],
      {
        cwd: temporaryFolder(),
        env: {
          PATH: process.env['PATH'],
          BACKUPS_URL: url.origin,
          NODE_EXTRA_CA_CERTS: front.certificateFile,
          ...env(proxy.host),
        },
      },
    );

    expect(stdout).toContain('nightly');
    expect(targets(proxy)).toEqual([url.host]);
  });
});
