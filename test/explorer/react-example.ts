import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SECRET_AUTH, secretToken } from '../helpers/tokens.js';
import {
  MYSQL_BACKUP,
  MYSQL_INSTANCE,
  REGION,
  type SampleProduct,
  SQL_BACKUP,
  SQL_INSTANCE,
  startSampleProduct,
} from './sample-product.js';
import { press, see, startBrowser, visit, type Visit, type VisitOptions } from './visit.js';
import { closing } from '../helpers/closing.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/react', import.meta.url));

let current: Visit;

const product = await startSampleProduct();
const guarded = await startSampleProduct(SECRET_AUTH);
const browser = await startBrowser();

/** Opens the built example before a service. */
async function open(service: SampleProduct, options: VisitOptions = {}): Promise<Page> {
  const vite = ['node_modules/vite/bin/vite.js', 'preview', '--host', '127.0.0.1', '--port', '0'];
  const env = { ...process.env, SERVICE: service.origin, NO_COLOR: '1' };
  const server = spawn(process.execPath, vite, { cwd: EXAMPLE, env });
  closing(async () => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });
  const address = await addressOf(server);
  current = await visit(browser, address, options);
  return current.page;
}

/** The address that the server prints once it listens. */
async function addressOf({ stdout }: ReturnType<typeof spawn>): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('The server of the example ended without an address.');
}

async function choose(page: Page, instance: string): Promise<void> {
  await page.getByLabel('Region').selectOption(REGION);
  await page.getByLabel('Instance').selectOption(instance);
}

async function download(page: Page, name: string): Promise<Buffer> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: `Download ${name}` }).click(),
  ]);
  return readFile(await saved.path());
}

it('a file of a SQL Server backup is chosen, and its link downloads it', async () => {
  const page = await open(product);
  await choose(page, 'sample-sqlserver');
  const links = product.audit().length;
  await page.getByLabel('File of sample-weekly-full').selectOption('订单库.bak');
  expect(product.audit()).toHaveLength(links);
  await press(page, 'Get link: 订单库.bak');
  expect(await page.getByRole('timer').innerText()).toMatch(/^(24:00:00|23:59:5\d)$/);
  const stored = await product.stored(SQL_INSTANCE, SQL_BACKUP, '订单库.bak');
  expect(await download(page, '订单库.bak')).toEqual(stored);
  // Another file begins without a link.
  await page.getByLabel('File of sample-weekly-full').selectOption('shop.bak');
  await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
  expect(current.faults).toEqual([]);
});

it('a MySQL backup has one link', async () => {
  const page = await open(product);
  await choose(page, 'sample-mysql');
  await press(page, 'Get link: sample-daily');
  const stored = await product.stored(MYSQL_INSTANCE, MYSQL_BACKUP, `${MYSQL_BACKUP}.xbstream`);
  expect(await download(page, 'sample-daily')).toEqual(stored);
});

it('a link near its end is replaced by a new one, on a press', async () => {
  const page = await open(product, { ownClock: true });
  await choose(page, 'sample-mysql');
  await press(page, 'Get link: sample-daily');
  await page.getByRole('timer').waitFor();
  const links = product.audit().length;
  await page.clock.fastForward('23:59:31');
  await page.getByRole('button', { name: 'Get a new link: sample-daily' }).waitFor();
  expect(await page.getByRole('link', { name: 'Download sample-daily' }).count()).toBe(0);
  expect(product.audit()).toHaveLength(links);
  await press(page, 'Get a new link: sample-daily');
  await page
    .getByRole('button', { name: 'Get a new link: sample-daily' })
    .and(page.locator(':not([disabled])'))
    .waitFor();
  expect(product.audit()).toHaveLength(links + 1);
});

it('a service with sign-in asks for a token; one that only lists is offered no links', async () => {
  const page = await open(guarded);
  await see(page, 'Sign in with a token.');
  await page.getByLabel('Token').fill(await secretToken({ scope: 'backups:read' }));
  await press(page, 'Sign in');
  await choose(page, 'sample-sqlserver');
  await see(page, 'sample-weekly-full');
  expect(await page.getByLabel('File of sample-weekly-full').count()).toBe(0);
});
