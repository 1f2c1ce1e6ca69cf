import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  MYSQL_INSTANCE,
  REGION,
  SQL_BACKUP,
  SQL_INSTANCE,
  startSampleProduct,
} from './sample-product.js';
import { press, see, startBrowser, visit, type Visit, type VisitOptions } from './visit.js';
import { listening } from '../helpers/closing.js';
import { createCertificate } from '../helpers/tls-front.js';

/** Like the object storage of a cloud: another host, without TLS. */
const STORE = 'http://bucket.s3.cn-north-1.example';

let current: Visit;

/** A plain proxy for `/backups/`, as on a host that several tools share, and `/api` for GraphQL. */
function startProxy(target: string): ReturnType<typeof listening> {
  const server = createServer(createCertificate('IP:127.0.0.1'), (request, response) => {
    const url = (request.url ?? '').replace(/^\/api(?=$|\?)/, '/backups/graphql');
    const [, stripped] = /^\/backups(\/.*|\?.*|)$/.exec(url) ?? [];
    const path = stripped?.startsWith('/') === false ? `/${stripped}` : stripped;
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    // Passes the host of the target, as proxies do by default.
    const headers = { ...request.headers, host: new URL(target).host };
    const onward = httpRequest(
      `${target}${path}`,
      { method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  return listening(server);
}

const product = await startSampleProduct({ EMBEDDED_PUBLIC_URL: STORE });
const origin = `https://127.0.0.1:${(await startProxy(product.origin)).port}`;
const browser = await startBrowser();

async function open(options: VisitOptions = {}, more = `&backup=${SQL_BACKUP}`): Promise<Page> {
  const address = `${origin}/backups/#region=${REGION}&instance=${SQL_INSTANCE}${more}`;
  current = await visit(browser, address, { ignoreHTTPSErrors: true, ...options });
  return current.page;
}

it('the page works under a path of a shared host and requests nothing outside it', async () => {
  const page = await open({}, '');
  const paths = new Set<string>();
  page.on('request', (request) => paths.add(new URL(request.url()).pathname));
  await see(page, '4 backups');
  await page.getByLabel('Instance', { exact: true }).selectOption(MYSQL_INSTANCE);
  await see(page, 'Backups of sample-mysql');
  expect([...paths]).toEqual(['/backups/graphql']);
  expect([...current.origins]).toEqual([origin]);
  expect(current.faults).toEqual([]);
  const editor = page.getByRole('link', { name: 'Query editor' });
  for (const link of await editor.all())
    expect(await link.evaluate((anchor: any) => anchor.href)).toBe(`${origin}/backups/graphql`);
});

it('the page adds the slash after its path, and keeps the rest of its address', async () => {
  const fragment = `#region=${REGION}&instance=${SQL_INSTANCE}`;
  current = await visit(browser, `${origin}/backups?from=mail${fragment}`, {
    ignoreHTTPSErrors: true,
  });
  await see(current.page, '4 backups');
  expect(current.page.url()).toContain(`${origin}/backups/?from=mail#region=${REGION}`);
});

it.each(['/backups/graphql', '/api'])('the query editor works at %s, too', async (path) => {
  const page = await open();
  await page.goto(`${origin}${path}`);
  const answered = page.waitForResponse(async (response) =>
    (await response.text()).includes('sample-weekly-full'),
  );
  await page.getByRole('button', { name: /^Execute query/ }).click();
  expect(new URL((await answered).url()).pathname).toBe(path);
});

it.each([true, false])(
  'an http link, which browsers block silently, is not offered as a download; saving files: %s',
  async (savesFiles) => {
    const page = await open({ savesFiles });
    await press(page, 'Get link: shop.bak');
    await see(page, 'This page uses https but the link uses http');
    const card = page.getByLabel('Link to shop.bak');
    expect(await card.locator('.primary').allInnerTexts()).toEqual(['Copy']);
    expect(await card.getByText(/^(Download|or) with the browser$/).count()).toBe(0);
    await card.getByLabel('What to copy').selectOption('URL');
    await card.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const url = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(url).toMatch(/^http:\/\/bucket\.s3\.cn-north-1\.example\//);
    expect(current.faults).toEqual([]);
  },
);

it('the suggested command names the endpoint under the path', async () => {
  const page = await open();
  await press(page, 'Get link: shop.bak');
  const card = page.getByLabel('Link to shop.bak');
  await card.getByLabel('What to copy').selectOption('backups get');
  await card.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
    `backups get ${REGION}/${SQL_INSTANCE}/${SQL_BACKUP} --file=shop.bak --url ${origin}/backups/graphql`,
  );
});
