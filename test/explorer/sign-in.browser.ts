import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SECRET_AUTH, secretToken } from '../helpers/tokens.js';
import { MYSQL_INSTANCE, SQL_BACKUP, SQL_INSTANCE, startSampleProduct } from './sample-product.js';
import { press, see, startBrowser, visit, type Visit } from './visit.js';

let current: Visit;

const product = await startSampleProduct(SECRET_AUTH);
const browser = await startBrowser();

async function open(): Promise<Page> {
  current = await visit(browser, product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
  await see(current.page, 'This service requires an access token.');
  return current.page;
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await press(page, 'Sign in');
}

it('an invalid token is rejected, a valid one opens the requested view', async () => {
  const page = await open();
  expect(await page.evaluate('document.activeElement.type')).toBe('password');
  await press(page, 'Sign in');
  await see(page, 'Paste a token first.');
  await signIn(page, await secretToken({}, { secret: 'not the secret of this service at all' }));
  await see(page, 'The service did not accept this token.');
  const [head, ...rest] = (await secretToken()).split('.');
  const lines = `Bearer\n${head}.\r\n${rest.join('.')}\n`;
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(lines)})`);
  await page.getByLabel('Access token').fill('');
  await page.keyboard.press('Control+V');
  await page.keyboard.press('Enter');
  await press(page, 'Get link: shop.bak');
  await see(page, /^Expires in/);
});

it('a token is kept only in the memory of the page', async () => {
  const page = await open();
  const token = await secretToken();
  await signIn(page, token);
  await see(page, '4 backups');
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
  );
  expect(kept).not.toContain(token.split('.')[2]);
  await page.reload();
  await see(page, 'This service requires an access token.');
});

it('signing out takes effect immediately', async () => {
  const page = await open();
  await signIn(page, await secretToken());
  await see(page, '4 backups');
  await press(page, 'Sign out');
  await page.getByLabel('Access token').waitFor();
  expect(await page.getByText('sample-weekly-full').count()).toBe(0);
});

it('a token that may only list is offered no links, and what to ask for', async () => {
  const page = await open();
  await signIn(page, await secretToken({ scope: 'backups:read' }));
  await see(page, 'ask for a token with the scope backups:download');
  await see(page, 'shop.bak');
  expect(await page.getByRole('button', { name: /link|^Download|^Copy$/i }).count()).toBe(0);
  await page.getByLabel('Instance', { exact: true }).selectOption(MYSQL_INSTANCE);
  await press(page, 'Details: sample-daily');
  await see(page, 'Complete backup set');
  expect(await page.getByRole('button', { name: /link/i }).count()).toBe(0);
});
