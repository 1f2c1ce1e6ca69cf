import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../helpers/until.js';
import { SQL_BACKUP, SQL_INSTANCE, startSampleProduct } from './sample-product.js';
import { press, see, startBrowser, visit, type Visit, type VisitOptions } from './visit.js';

const MANY = 'mysql-many';
const GRAPHQL = '**/graphql';

let current: Visit;

const product = await startSampleProduct();
const browser = await startBrowser();
const days = Array.from({ length: 25 }, (_, day) => String(day + 1).padStart(2, '0'));
await Promise.all(
  days.map((day) => product.add(MANY, `backup-${day}`, `2026-01-${day}T02:00:00`, 'set.xbstream')),
);

async function open(url: string, options?: VisitOptions): Promise<Page> {
  current = await visit(browser, url, options);
  return current.page;
}

/** The service answers every operation with an error from now on. */
function failWith(page: Page, code: string, data: object | null, more = {}): Promise<unknown> {
  const errors = [{ message: 'No.', extensions: { code, ...more } }];
  return page.route(GRAPHQL, (route) => route.fulfill({ json: { data, errors } }));
}

/** The names, or ids, in the first column. */
async function namesOf(page: Page): Promise<string[]> {
  await page.locator('section[aria-busy="false"] tbody').waitFor();
  const cells = await page.locator('td.backup').all();
  return Promise.all(
    cells.map(async (cell) => {
      const id = cell.locator('code');
      return (await id.count()) > 0
        ? ((await id.getAttribute('title')) ?? '')
        : cell.locator('.backup-name').innerText();
    }),
  );
}

describe('the list of backups', () => {
  it('is newest first, with exact sizes, times in the named zone and complete ids to copy', async () => {
    const page = await open(product.listOf(SQL_INSTANCE));
    await see(page, /4 backups · newest first · local time: Asia\/Shanghai \(GMT\+8\)/);
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s+/).find((word) => word.startsWith('sample-')))).toEqual([
      'sample-building',
      'sample-failed',
      'sample-daily-incremental',
      'sample-weekly-full',
    ]);
    expect(rows[3]).toMatch(/Completed\s+Full · Automatic · Whole instance/);
    expect(rows[2]).toMatch(/Incremental · Automatic/);
    expect(rows[3]).toMatch(/Jan 4, 2026, 02:00:00/);
    // The engine is the same in every row and shown above.
    expect(await page.locator('th').allInnerTexts()).not.toContain('Engine');
    const size = page.locator('td.size data').last();
    expect(await size.getAttribute('value')).toBe('397');
    expect(await size.getAttribute('title')).toBeNull();
    const copying = page.getByRole('button', { name: `Copy ID ${SQL_BACKUP}` });
    await copying.click();
    await copying.getByText('✓').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(SQL_BACKUP);
    // On a narrow screen, sizes have a label and stand above the times.
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.locator('td.size .cell-label').first().isVisible()).toBe(true);
    const lefts = await page
      .locator('td:is(.size, .startedAt, .endedAt) .cell-value')
      .evaluateAll((all: any[]) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
    expect(new Set(lefts).size).toBe(1);
  });

  it('pages forward and back by cursors', async () => {
    const page = await open(product.listOf(MANY));
    const first = await namesOf(page);
    expect(first).toHaveLength(20);
    await see(page, '1–20 of 25');
    await press(page, 'Older');
    await see(page, 'backup-05');
    await see(page, '21–25 of 25');
    expect(await namesOf(page)).toEqual([5, 4, 3, 2, 1].map((day) => `backup-0${day}`));
    expect(await page.evaluate('document.activeElement.id')).toBe('backups-title');
    await press(page, 'Newer');
    await see(page, 'backup-25');
    expect(await namesOf(page)).toEqual(first);
    await page.getByLabel('Per page').selectOption('50');
    await see(page, '1–25 of 25');
    expect(await namesOf(page)).toHaveLength(25);
    // The size is kept for the next visit.
    await page.goto('about:blank');
    await page.goto(product.listOf(MANY));
    await see(page, '1–25 of 25');
    expect(await page.getByLabel('Per page').inputValue()).toBe('50');
  });

  it('opens the backup named in the address, whatever its page', async () => {
    const page = await open(product.listOf(MANY, '&backup=backup-03'));
    await see(page, 'Shared backup');
    await page.getByRole('button', { name: 'Get link: backup-03' }).waitFor();
    expect(await page.locator('.backup-name').first().innerText()).toBe('backup-03');
    await press(page, 'Close');
    await page.getByText('Shared backup').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('backup-03');
  });

  it('says that the backup named in the address does not exist', async () => {
    const page = await open(product.listOf(MANY, '&backup=backup-99'));
    await see(page, 'This instance has no backup backup-99.');
    expect(await namesOf(page)).toHaveLength(20);
  });

  it('opens a row by its name, and closes it again', async () => {
    const page = await open(product.listOf(SQL_INSTANCE));
    const name = page.getByRole('button', { name: 'sample-weekly-full', exact: true });
    await name.click();
    await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    expect(await name.getAttribute('aria-expanded')).toBe('true');
    await name.click();
    await page.getByText('shop.bak').waitFor({ state: 'detached' });
    // A single download is requested by its button alone.
    const links = product.audit().length;
    await page.goto(product.listOf(MANY));
    await press(page, 'backup-25');
    await page.getByRole('button', { name: /^Get link: (?!backup-\d\d$)|^Close/ }).waitFor();
    expect(product.audit()).toHaveLength(links);
    // A backup without a name is shown by its id, which can be copied as well.
    await press(page, 'Copy ID backup-25');
    await page.getByText('✓').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('backup-25');
  });

  it('searches names and ids of what is loaded, under a header that stays', async () => {
    const page = await open(product.listOf(MANY));
    await namesOf(page);
    await page.evaluate('scrollTo(0, 600)');
    const top = await page
      .locator('th')
      .first()
      .evaluate((th) => th.getBoundingClientRect().top);
    expect(Math.round(top)).toBe(0);
    await page.getByLabel('Find by name or ID').fill(' KUP-1');
    await see(page, '10 of 20');
    expect(await namesOf(page)).toHaveLength(10);
    await page.getByLabel('Find by name or ID').fill('nothing');
    await see(page, 'Nothing loaded here matches.');
  });

  it('says that an instance does not exist', async () => {
    const page = await open(product.listOf('sqlserver-nowhere'));
    await see(page, 'There is no such instance in this region.');
    expect(await page.getByText(/^0 backups|no backups/).count()).toBe(0);
    await page.goto(`${product.origin}/#region=no%20where&instance=a%2Fb`);
    await see(page, 'The region, instance or backup in this address is malformed.');
    await press(page, /sample-sqlserver/);
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('marks a backup that is not whole, and the file it lacks', async () => {
    const instance = 'sqlserver-incomplete';
    const more = { backupFiles: ['a\x1b[31m.bak', 'lost.bak'] };
    await product.add(instance, 'half', '2026-01-04T02:00:00', 'a\x1b[31m.bak', more);
    const page = await open(product.listOf(instance));
    await see(page, 'Incomplete');
    await press(page, 'Files: half');
    await see(page, 'The store lacks a file of this backup');
    const lost = page.locator('.file').filter({ hasText: 'lost.bak' });
    await lost.getByText('Missing in the store').waitFor();
    expect(await lost.getByRole('button').count()).toBe(0);
    // Controls in the name of the other are shown, and do nothing when its command is pasted.
    await press(page, 'Get link: a\\u001b[31m.bak');
    await page.locator('.issued').getByLabel('What to copy').selectOption('backups get');
    await press(page, 'Copy');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain(
      "/half --file=$'a\\033[31m.bak'",
    );
  });

  it('suggests databases, and does not apply dates in the wrong order', async () => {
    const page = await open(product.listOf(SQL_INSTANCE));
    await see(page, '4 backups');
    await page.getByText('Filter', { exact: true }).click();
    expect(
      await page
        .locator('datalist option')
        .evaluateAll((all: any[]) => all.map((one) => one.value)),
    ).toContain('订单库');
    await page.getByLabel('Started at or after').fill('2026-01-04T02:00');
    await page.getByLabel('Started before').fill('2026-01-03T02:00');
    await see(page, 'The second time must be later than the first.');
    await press(page, 'Apply');
    expect(page.url()).not.toContain('from=');
  });

  it('refreshes itself while a backup is building', async () => {
    const page = await open(product.listOf(SQL_INSTANCE), { ownClock: true });
    await see(page, '4 backups');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(21_000);
    await until(() => asked.length > 0);
    expect(asked).toEqual([`${product.origin}/graphql`]);
  });

  it('is filtered by status, type, mode, database and time, and says so when empty', async () => {
    const page = await open(product.listOf(SQL_INSTANCE));
    await page.getByText('Filter', { exact: true }).click();
    await page.getByLabel('Status').selectOption('Completed');
    await page.getByLabel('Type').selectOption('Full');
    await page.getByLabel('Mode').selectOption('Automatic');
    await page.getByLabel('Database').fill('订单库');
    await page.getByLabel('Started at or after').fill('2026-01-04T02:00');
    await page.getByLabel('Started before').fill('2026-01-04T02:01');
    await press(page, 'Apply');
    await see(page, 'Filter (6 active)');
    expect(await namesOf(page)).toEqual([SQL_BACKUP]);
    await page.getByLabel('Database').fill('订单');
    await press(page, 'Apply');
    await see(page, 'No backups match the filter.');
    await press(page, 'Clear');
    await see(page, '4 backups');
  });

  it('is the same for everyone with the address', async () => {
    const page = await open(product.listOf(SQL_INSTANCE));
    await page.getByText('Filter', { exact: true }).click();
    await page.getByLabel('Type').selectOption('Full');
    await press(page, 'Apply');
    await press(page, 'Files: sample-weekly-full');
    const address = page.url();
    await page.context().close();
    const other = await open(address);
    await other.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    await see(other, 'Filter (1 active)');
    await other.goBack();
  });

  it('shows retained backups of a deleted instance, by its id', async () => {
    const page = await open(product.origin);
    await page.getByLabel('Instance', { exact: true }).selectOption('Other or deleted instance…');
    await page.getByLabel('Instance ID').fill('no id');
    await press(page, 'Show backups');
    await see(page, 'Use only letters, digits and hyphens');
    await page.getByLabel('Instance ID').fill('sqlserver-r7d2k9m4xq');
    await press(page, 'Show backups');
    await see(page, 'This instance no longer exists.');
    await press(page, /^Get link: sample-retained/);
    // It has one file, so the click requested its link.
    await see(page, /^Expires in/);
  });

  it('of another region is one choice away, and the browser goes back', async () => {
    const page = await open(product.origin);
    await page.getByLabel('Region', { exact: true }).selectOption('Shanghai (cn-east-2)');
    await press(page, /sample-percona/);
    await see(page, 'Backups of sample-percona');
    await page.goBack();
    await see(page, 'Instances in Shanghai (cn-east-2)');
    await page.getByLabel('Region', { exact: true }).selectOption('Other region…');
    await page.getByLabel('Region code').fill('eu-west-9');
    await press(page, 'Show instances');
    await see(page, 'This region has no instances.');
  });
});

describe('a failure', () => {
  it('by throttling counts down to the next attempt and shows the request id', async () => {
    const page = await open(product.origin, { ownClock: true });
    await page.getByRole('button', { name: /sample-sqlserver/ }).waitFor();
    await failWith(page, 'UPSTREAM_THROTTLED', null, { requestId: 'req-7', retryAfter: 5 });
    await press(page, /sample-sqlserver/);
    await see(page, 'The cloud is receiving too many requests. Wait a moment, then try again.');
    await see(page, 'req-7');
    await see(page, /^Try again in 0:0[45]$/);
    await page.unroute(GRAPHQL);
    await page.clock.runFor(6000);
    await press(page, 'Try again');
    await see(page, '4 backups');
  });

  it('of the connection is reported as such', async () => {
    const page = await open(product.origin);
    await page.getByRole('button', { name: /sample-sqlserver/ }).waitFor();
    await page.route(GRAPHQL, (route) => route.abort('connectionrefused'));
    await press(page, /sample-sqlserver/);
    await see(page, 'The service cannot be reached.');
    await page.unroute(GRAPHQL);
    await press(page, 'Try again');
    await see(page, '4 backups');
  });

  it('of the list keeps the name of the instance and shows no empty list', async () => {
    const page = await open(product.origin);
    await page.getByRole('button', { name: /sample-sqlserver/ }).waitFor();
    const instance = { name: 'orders', engine: 'SQL_SERVER', engineVersion: '2019' };
    await failWith(page, 'UPSTREAM_UNAVAILABLE', { instance, backups: null });
    await press(page, /sample-sqlserver/);
    await see(page, 'Backups of orders');
    expect(await page.getByRole('alert').count()).toBe(1);
    expect(await page.getByText('This instance has no backups.').count()).toBe(0);
    await page.unroute(GRAPHQL);
    await press(page, 'Try again');
    await see(page, '4 backups');
  });

  it('of a refresh keeps the list and the backup that is open', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
    await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    await failWith(page, 'UPSTREAM_UNAVAILABLE', { instance: null, backups: null });
    await press(page, 'Refresh');
    await see(page, 'The cloud cannot be reached at the moment.');
    await see(page, 'The list could not be refreshed.');
    expect(await page.getByText('Part of this list').count()).toBe(0);
    expect(await namesOf(page)).toHaveLength(4);
    await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    await see(page, 'Backups of sample-sqlserver');
    await page.unroute(GRAPHQL);
    await press(page, 'Try again');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('of the instances is shown in their place', async () => {
    const page = await open(product.origin);
    await page.getByRole('button', { name: /sample-sqlserver/ }).waitFor();
    await failWith(page, 'UPSTREAM_UNAVAILABLE', { instances: null });
    await page.getByLabel('Region', { exact: true }).selectOption('Shanghai (cn-east-2)');
    await page.getByRole('alert').waitFor();
    expect(await page.getByText('This region has no instances.').count()).toBe(0);
    await page.unroute(GRAPHQL);
    await press(page, 'Try again');
    await page.getByRole('button', { name: /sample-percona/ }).waitFor();
  });

  it('of one link leaves the list unchanged', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
    await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    await failWith(page, 'UPSTREAM_AUTH', { backup: { status: null, downloadURL: null } });
    await press(page, 'Get link: shop.bak');
    await see(page, 'The cloud rejected the credentials of this service.');
    await see(page, '4 backups');
  });
});
