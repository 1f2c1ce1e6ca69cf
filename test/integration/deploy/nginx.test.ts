import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { closing, listening, temporaryFolder } from '../../helpers/closing.js';
import { sampleBelow } from '../../helpers/embedded.js';
import { freePort } from '../../helpers/free-port.js';
import { startProduct, type Product } from '../../helpers/product.js';
import { bearer, SECRET_AUTH, secretToken } from '../../helpers/tokens.js';
import { until } from '../../helpers/until.js';

/** The sample files of deploy/, as nginx reads them: only ports and certificates differ. */
const hasNginx = spawnSync('nginx', ['-v']).error === undefined;
const ID = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
const LINK = `{ backup(id: "${ID}") { downloadURL(fileName: "shop.bak") { ... on DownloadLink { publicURL } } } }`;

interface Behind {
  /** The address of nginx. */
  readonly origin: string;
  readonly product: Product;
  /** Where both have their files. */
  readonly folder: string;
}

/** Starts the product and nginx in front of it. */
async function startBehind(file: string, path: string, signOnPort = 0): Promise<Behind> {
  const folder = temporaryFolder();
  const [port, downloads] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const product = await startProduct({
    ...SECRET_AUTH,
    TRUSTED_PROXIES: '1',
    EMBEDDED_DIR: await sampleBelow(folder),
    EMBEDDED_PORT: String(downloads),
    EMBEDDED_PUBLIC_URL: `${origin}${path}`,
  });
  const text = await readFile(`deploy/${file}`, 'utf8');
  const server = text
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/^ *ssl_certificate.*$/gm, '')
    .replace('backups.example.com', '127.0.0.1')
    .replaceAll('127.0.0.1:4000', new URL(product.origin).host)
    .replaceAll('127.0.0.1:4001', `127.0.0.1:${downloads}`)
    .replaceAll('127.0.0.1:4180', `127.0.0.1:${signOnPort}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {} http { access_log ${folder}/access.log; ${temporary.join(' ')} ${server} }`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'inherit',
  });
  const exited = once(nginx, 'exit');
  closing(async () => {
    nginx.kill('SIGTERM');
    await exited;
  });
  await until(() => isListening(port));
  return { origin, product, folder };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
      resolve(false),
    );
    socket.unref();
  });
}

const ask = (url: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: LINK }),
  });

(hasNginx ? describe : describe.skip)('nginx.conf', () => {
  let origin: string;
  let product: Product;
  let folder: string;
  beforeAll(async () => {
    ({ origin, product, folder } = await startBehind('nginx.conf', '/backups'));
  });

  it('serves the page, the API and downloads under a path', async () => {
    const page = await fetch(`${origin}/backups?lang=zh`, { headers: { accept: 'text/html' } });
    expect(page.url).toBe(`${origin}/backups/?lang=zh`);
    const html = await page.text();
    const [, script = ''] = /src="([^"]+\.js)"/.exec(html) ?? [];
    expect((await fetch(new URL(script, page.url))).status).toBe(200);

    const answer: any = await (await ask(`${origin}/backups/graphql`, await bearer())).json();
    const link: string = answer.data.backup.downloadURL.publicURL;
    expect(link).toMatch(`${origin}/backups/download/`);
    const download = await fetch(link);
    expect(download.headers.get('content-encoding')).toBeNull();
    expect(Buffer.from(await download.arrayBuffer())).toEqual(
      await readFile(join(folder, 'data', ID, 'files', 'shop.bak')),
    );
    expect((await fetch(`${link}0`)).status).toBe(403);

    expect((await fetch(`${origin}/backups/metrics`)).status).toBe(404);
    const log = await readFile(join(folder, 'access.log'), 'utf8');
    expect(log).toContain('/backups/graphql');
    expect(log).not.toContain('Signature');
  });

  it('refuses callers without a token, and tells the service who they are', async () => {
    const refused: any = await (await ask(`${origin}/backups/graphql`, {})).json();
    expect(refused.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    await ask(`${origin}/backups/graphql`, { ...(await bearer()), 'x-forwarded-for': '192.0.2.1' });
    expect(product.audit().at(-1)).toMatchObject({ clientAddress: '127.0.0.1' });
  });
});

(hasNginx ? describe : describe.skip)('nginx-sign-on.conf', () => {
  it("sends the token of a person's session, and leads others to the sign-in", async () => {
    const token = await secretToken();
    const server = createServer(({ headers }, response) => {
      const isSignedIn = headers.cookie === 'session=1';
      response.writeHead(
        isSignedIn ? 202 : 401,
        isSignedIn ? { 'x-auth-request-access-token': token } : {},
      );
      response.end();
    });
    const { port } = await listening(server);
    const { origin } = await startBehind('nginx-sign-on.conf', '', port);

    const answer: any = await (await ask(`${origin}/graphql`, { cookie: 'session=1' })).json();
    expect(answer.data.backup.downloadURL.publicURL).toContain('/download/');
    expect((await ask(`${origin}/graphql`, {})).status).toBe(401);
    const page = await fetch(`${origin}/?id=1`, {
      headers: { accept: 'text/html' },
      redirect: 'manual',
    });
    expect([page.status, page.headers.get('location')]).toEqual([
      302,
      `${origin}/oauth2/start?rd=/?id=1`,
    ]);
  });
});
