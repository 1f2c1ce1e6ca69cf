import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  MYSQL_BACKUP,
  MYSQL_BUILDING,
  MYSQL_INSTANCE,
  SQL_BACKUP,
  SQL_INSTANCE,
  startSampleProduct,
} from './sample-product.js';
import {
  press,
  savedText,
  see,
  startBrowser,
  visit,
  type Visit,
  type VisitOptions,
} from './visit.js';
import { temporaryFolder } from '../helpers/closing.js';

const run = promisify(execFile);

let current: Visit;

const product = await startSampleProduct();
const browser = await startBrowser();

async function open(url: string, options?: VisitOptions): Promise<Page> {
  current = await visit(browser, url, options);
  return current.page;
}

/** Leaves a link to the browser and reads the file it saves. */
async function download(page: Page): Promise<{ name: string; bytes: Buffer }> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download with the browser' }).click(),
  ]);
  return { name: saved.suggestedFilename(), bytes: await readFile(await saved.path()) };
}

/** Selects what to copy of the current link, and copies it. */
async function copy(page: Page, what: string): Promise<string> {
  const link = page.locator('.issued');
  await link.getByLabel('What to copy').selectOption(what);
  await link.getByRole('button', { name: 'Copy', exact: true }).click();
  await link.getByRole('button', { name: 'Copied' }).waitFor();
  return clipboard(page);
}

const clipboard = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()');

describe('a user who needs a backup', () => {
  it('finds it from the start page, gets its link, and downloads its bytes', async () => {
    const page = await open(product.origin);
    await press(page, /sample-sqlserver/);
    await press(page, 'Files: sample-weekly-full');
    await press(page, 'Get link: 订单库.bak');
    await see(page, /^Expires in (1:00:00|59:5\d)$/);
    const { name, bytes } = await download(page);
    expect(name).toBe('订单库.bak');
    expect(bytes).toEqual(await product.stored(SQL_INSTANCE, SQL_BACKUP, '订单库.bak'));
    expect(current.faults).toEqual([]);
  });

  it('gets a complete MySQL backup with a fixed lifetime', async () => {
    const page = await open(product.listOf(MYSQL_INSTANCE));
    await press(page, 'sample-daily');
    await see(page, 'The service sets the lifetime of this link.');
    // The command asks for its own link, so it needs none.
    const links = product.audit().length;
    await press(page, 'Copy');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await clipboard(page)).toMatch(/^backups get \S+ --all --url/);
    expect(product.audit()).toHaveLength(links);
    await page.locator('.file').getByRole('button', { name: 'Get link: sample-daily' }).click();
    const { name, bytes } = await download(page);
    expect(name).toBe(`${MYSQL_BACKUP}.xbstream`);
    expect(await page.locator('.file-name').innerText()).toBe(name);
    expect(bytes).toEqual(await product.stored(MYSQL_INSTANCE, MYSQL_BACKUP, name));
  });

  it('saves it through the page if the browser supports that', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), {
      savesFiles: true,
    });
    await press(page, 'Get link: my db.bak');
    await page.locator('.issued').getByRole('button', { name: 'Download' }).click();
    await page.locator('.tray').getByText('Done').waitFor();
    const stored = await product.stored(SQL_INSTANCE, SQL_BACKUP, 'my db.bak');
    expect(await savedText(page, 'my db.bak')).toBe(stored.toString());
    expect(current.faults).toEqual([]);
  });

  it.each(['public', 'internal'])('copies commands that work in a shell: %s', async (network) => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
    await press(page, 'Get link: my db.bak');
    await page.getByText(network === 'public' ? 'Public' : 'Internal', { exact: true }).click();
    const url = await copy(page, 'URL');
    expect(new URL(url).hostname).toBe(network === 'public' ? '127.0.0.1' : 'localhost');
    // The other network keeps what was chosen to copy.
    await page.getByText(network === 'public' ? 'Internal' : 'Public', { exact: true }).click();
    expect(await page.locator('.issued').getByLabel('What to copy').inputValue()).toBe('url');
    await page.getByText(network === 'public' ? 'Public' : 'Internal', { exact: true }).click();
    const command = await copy(page, 'curl (sh, bash, zsh)');
    expect(command).toContain(`'${url}'`);
    const folder = temporaryFolder();
    await run('/bin/sh', ['-c', command], { cwd: folder });
    const stored = await product.stored(SQL_INSTANCE, SQL_BACKUP, 'my db.bak');
    expect(await readFile(join(folder, 'my db.bak'))).toEqual(stored);
  });

  it('learns that a link has expired, and gets a new one', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), {
      ownClock: true,
    });
    await page.getByLabel('Link valid for').selectOption('Other…');
    await page.getByLabel('Seconds').fill('1');
    await press(page, 'Get link: shop.bak');
    await see(page, /^Expires in 0:0[01]$/);
    const url = await copy(page, 'URL');
    await page.clock.runFor(3000);
    await see(page, 'This link has expired.');
    expect(await page.getByRole('link', { name: 'Download with the browser' }).count()).toBe(0);
    await page.getByLabel('Link valid for').selectOption('10 minutes');
    await press(page, 'Get a new link');
    await see(page, /^Expires in (10:00|9:5\d)$/);
    expect(await copy(page, 'URL')).not.toBe(url);
  });

  it('cannot enter an invalid lifetime', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), {
      savesFiles: true,
    });
    await page.getByLabel('Link valid for').selectOption('Other…');
    await page.getByLabel('Seconds').fill('86401');
    await page.getByRole('alert').getByText('Enter a whole number from 1 to 86400').waitFor();
    const links = product.audit().length;
    await page
      .getByRole('button', { name: 'Get link: shop.bak' })
      .and(page.locator('[aria-disabled="true"]'))
      .click({ force: true });
    expect(product.audit()).toHaveLength(links);
    // A button that does nothing does not change under the pointer.
    const color = () =>
      page.evaluate("getComputedStyle(document.querySelector('.all-files .primary')).background");
    const before = await color();
    await page.getByRole('button', { name: 'Download all' }).hover();
    expect(await color()).toBe(before);
  });

  it('learns why a backup has no link yet', async () => {
    const page = await open(product.listOf(MYSQL_INSTANCE));
    const links = product.audit().length;
    await press(page, 'Details: sample-building');
    await see(page, 'This backup is still in progress.');
    expect(new URL(page.url()).hash).toContain(MYSQL_BUILDING);
    expect(product.audit()).toHaveLength(links);
  });
});

describe('a backup with many files', () => {
  it('is one command, and one list of links', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
    const all = page.locator('.all-files');
    const links = product.audit().length;
    await all.getByRole('button', { name: 'Copy' }).click();
    await all.getByRole('button', { name: 'Copied' }).waitFor();
    const [, service] = /^backups get \S+ --all --url (\S+)$/.exec(await clipboard(page)) ?? [];
    expect(service).toBe(product.origin);
    // The command asks for its own links.
    expect(product.audit()).toHaveLength(links);
    await all.getByRole('button', { name: 'Get all links' }).click();
    await see(page, '4 links are ready to copy.');
    expect(product.audit()).toHaveLength(links + 4);
    expect(await page.getByRole('button', { name: /^Get link: .*\.bak/ }).count()).toBe(0);
    await all.getByLabel('What to copy').selectOption('wget (sh, bash, zsh)');
    await all.getByRole('button', { name: 'Copy' }).click();
    await all.getByRole('button', { name: 'Copied' }).waitFor();
    const lines = (await clipboard(page)).split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^wget .*'\.\/[^']+\.bak' 'http:/);
    // The choice is the same for each link, and after a reload.
    await press(page, 'Show link: shop.bak');
    const one = page.locator('.issued').getByLabel('What to copy');
    expect(await one.inputValue()).toBe('wget');
    await page.reload();
    await press(page, 'Get link: shop.bak');
    expect(await one.inputValue()).toBe('wget');
  });

  it('is saved into one folder, and never over files that are there', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), {
      savesFiles: true,
    });
    const names = ['crm.bak', 'my db.bak', 'shop.bak', '订单库.bak'];
    await press(page, 'Download all');
    const tray = page.locator('.tray');
    await tray.getByText('Done').nth(3).waitFor();
    // Finished downloads leave room for the page; the others are a scroll away.
    expect((await tray.boundingBox())?.height).toBeLessThan(300);
    await page.getByRole('button', { name: 'Remove finished' }).waitFor();
    await press(page, 'Download all');
    await see(page, '8 downloads done');
    for (const name of names) {
      const stored = await product.stored(SQL_INSTANCE, SQL_BACKUP, name);
      expect(await savedText(page, name)).toBe(stored.toString());
      expect(await savedText(page, name.replace('.bak', ' (2).bak'))).toBe(stored.toString());
    }
    expect(await page.getByRole('alert').count()).toBe(0);
    await press(page, 'Remove finished');
    expect(await tray.count()).toBe(0);
  });

  it('names the files that could not be downloaded', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), {
      savesFiles: true,
    });
    await page.route('**/download/**', (route) =>
      route.request().url().includes('crm.bak') ? route.abort() : route.continue(),
    );
    await press(page, 'Download all');
    await see(page, 'This file could not be downloaded: crm.bak.');
    expect(await savedText(page, 'crm.bak')).toBeNull();
    await page.locator('.tray').getByText('Done').nth(2).waitFor();
  });

  it('of 300 is shown in parts and searchable by name', async () => {
    const instance = 'sqlserver-large';
    await product.add(instance, 'large', '2026-01-04T02:00:00', 'db-000.bak');
    const names = Array.from({ length: 300 }, (_, index) => String(index).padStart(3, '0'));
    for (const name of names)
      await product.add(instance, 'large', '2026-01-04T02:00:00', `db-${name}.bak`);
    const page = await open(product.listOf(instance, '&backup=large'));
    await see(page, '300 files');
    expect(await page.locator('.files > li').count()).toBe(50);
    await press(page, 'Show 50 more');
    expect(await page.locator('.files > li').count()).toBe(100);
    await page.getByLabel('Find a file').fill('DB-29');
    await see(page, '10 of 300');
    expect(await page.locator('.files > li').count()).toBe(10);
  });
});

describe('a link', () => {
  it('is requested on click only, and is neither in the address nor stored', async () => {
    const before = product.audit().length;
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`));
    await page.getByRole('button', { name: 'Get link: shop.bak' }).waitFor();
    expect(product.audit()).toHaveLength(before);
    await press(page, 'Get link: shop.bak');
    await see(page, /^Expires in/);
    expect(product.audit()).toHaveLength(before + 1);
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state])',
    );
    expect(kept).toBe('[{},{},"",null]');
    expect(page.url()).not.toMatch(/Signature|Expires/);
    expect(await page.evaluate<string>('document.body.innerText')).not.toMatch(/Signature/);
    expect([...current.origins]).toEqual([product.origin]);
  });
});
