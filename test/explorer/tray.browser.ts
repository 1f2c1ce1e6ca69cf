import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Dialog, Page } from 'playwright-core';
import { until } from '../helpers/until.js';
import {
  MYSQL_INSTANCE,
  type SampleProduct,
  SQL_BACKUP,
  SQL_INSTANCE,
  startSampleProduct,
} from './sample-product.js';
import { type ScriptedStore, startScriptedStore } from './scripted-store.js';
import { press, savedText, see, startBrowser, visit, type Visit } from './visit.js';

const DETAIL = `&backup=${SQL_BACKUP}`;

let store: ScriptedStore;
let product: SampleProduct;
let current: Visit;

const browser = await startBrowser();

beforeEach(async () => {
  store = await startScriptedStore();
  product = await startSampleProduct({ EMBEDDED_PUBLIC_URL: store.origin, LINK_REUSE: '0' });
});

async function open(options = {}): Promise<Page> {
  current = await visit(browser, product.listOf(SQL_INSTANCE, DETAIL), {
    savesFiles: true,
    ...options,
  });
  return current.page;
}

/** Requests the link of a file and clicks download. */
async function download(page: Page, file = 'shop.bak'): Promise<void> {
  await press(page, `Get link: ${file}`);
  await page.getByLabel(`Link to ${file}`).getByRole('button', { name: 'Download' }).click();
}

/** Downloads this part of a file, whose rest the store holds back. */
async function downloadPart(page: Page, percent: number): Promise<void> {
  store.holdsAfter = percent * 100;
  await download(page);
  await item(page).getByText(`${percent}%`).waitFor();
}

/** Waits until the file is complete, with the bytes of the store. */
async function complete(page: Page): Promise<void> {
  await item(page).getByText('Done').waitFor();
  expect(await savedText(page, 'shop.bak')).toBe(store.content.toString());
}

const item = (page: Page, file = 'shop.bak') => page.locator('.tray li').filter({ hasText: file });

describe('a download in the tray', () => {
  it('resumes a broken connection from the bytes received', async () => {
    const page = await open();
    await downloadPart(page, 40);
    store.cut();
    await item(page).getByText('80%').waitFor();
    store.cut();
    await item(page).getByText('Done · 9.8 KiB').waitFor();
    expect(await savedText(page, 'shop.bak')).toBe(store.content.toString());
    expect(store.requests.map(({ range }) => range)).toEqual(['', 'bytes=4000-', 'bytes=8000-']);
  });

  it('requests a new link if the old one is rejected, with or without CORS', async () => {
    const page = await open();
    await downloadPart(page, 40);
    const key = store.requests[0]!.key;
    store.refused.add(key);
    store.holdsAfter = null;
    await press(page, 'Pause: shop.bak');
    await press(page, 'Resume: shop.bak');
    await complete(page);
    expect(store.requests.map((request) => [request.range, request.key === key])).toEqual([
      ['', true],
      ['bytes=4000-', true],
      ['bytes=4000-', false],
    ]);
  });

  it('survives Close, another network, another instance and another list', async () => {
    const page = await open();
    await downloadPart(page, 40);
    await page.getByText('Internal', { exact: true }).click();
    await press(page, 'Close');
    await page.getByLabel('Instance', { exact: true }).selectOption(MYSQL_INSTANCE);
    await see(page, 'Backups of sample-mysql');
    await page.goBack();
    await page.getByRole('button', { name: '中文' }).click();
    await item(page).getByText('40%').waitFor();
    store.goOn();
    await item(page).getByText('已完成').waitFor();
    expect(await savedText(page, 'shop.bak')).toBe(store.content.toString());
    expect(store.requests).toHaveLength(1);
  });

  it('cannot write to the file of another', async () => {
    const page = await open();
    await downloadPart(page, 10);
    await page.evaluate('window.chosen = "shop.bak"');
    await download(page, 'my db.bak');
    await see(page, 'Another download is writing to this file.');
    store.goOn();
    await complete(page);
  });

  it('asks before it is discarded', async () => {
    const page = await open();
    store.holdsAfter = 1000;
    await download(page);
    await press(page, 'Cancel: shop.bak');
    await press(page, 'Keep: shop.bak');
    await press(page, 'Cancel: shop.bak');
    await press(page, 'Discard: shop.bak');
    await item(page).waitFor({ state: 'detached' });
    await until(async () => (await savedText(page, 'shop.bak')) === null);
  });
});

describe('after a crash of the tab', () => {
  it('the file is empty, nothing can be resumed, and a new download succeeds', async () => {
    const page = await open();
    await downloadPart(page, 60);
    const crashed = page.waitForEvent('crash');
    const debug = await page.context().newCDPSession(page);
    // The response never arrives, since the tab that would send it has crashed.
    void debug.send('Page.crash').catch(() => undefined);
    await crashed;
    const next = await current.again();
    await see(next, 'shop.bak');
    expect(await next.locator('.tray').count()).toBe(0);
    expect(await savedText(next, 'shop.bak')).toBe('');
    store.holdsAfter = null;
    await download(next);
    await complete(next);
  });
});

describe('leaving the page', () => {
  /** Whether the browser asks for confirmation. */
  async function asks(page: Page): Promise<boolean> {
    let asked = false;
    const onDialog = (dialog: Dialog): void => {
      asked = dialog.type() === 'beforeunload';
      void dialog.accept();
    };
    page.on('dialog', onDialog);
    await page.reload();
    page.off('dialog', onDialog);
    return asked;
  }

  it('requires confirmation while a download runs, and none when all are done', async () => {
    const page = await open();
    await downloadPart(page, 10);
    expect(await asks(page)).toBe(true);
    // The file is empty until the end, so there is nothing to resume.
    expect(await page.locator('.tray').count()).toBe(0);
    expect(await savedText(page, 'shop.bak')).toBe('');
    store.holdsAfter = null;
    await download(page);
    await complete(page);
    expect(await asks(page)).toBe(false);
  });

  it('requires no confirmation while the browser downloads', async () => {
    const page = await open({ savesFiles: false });
    store.holdsAfter = 1000;
    await press(page, 'Get link: shop.bak');
    await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download with the browser' }).click(),
    ]);
    expect(await asks(page)).toBe(false);
    store.goOn();
  });
});

describe('a store on another origin', () => {
  it('whose responses the page cannot read is left to the browser', async () => {
    const page = await open();
    store.crossOrigin = 'none';
    await download(page);
    await see(page, 'This page cannot read from the file store');
    expect(await page.locator('.issued .primary').allInnerTexts()).toEqual([
      'Download with the browser',
    ]);
    // It neither emptied a file nor left an entry, and is remembered for the next link.
    expect(await page.evaluate('window.dialogs ?? 0')).toBe(0);
    expect(await page.locator('.tray').count()).toBe(0);
    await press(page, 'Get link: my db.bak');
    await page
      .getByLabel('Link to my db.bak')
      .locator('a.primary')
      .getByText('Download with the browser')
      .waitFor();
  });

  it('without a readable ETag is downloaded from, and starts over rather than joins', async () => {
    const page = await open();
    store.crossOrigin = 'origin';
    await downloadPart(page, 40);
    store.cut();
    await item(page).getByText('The connection was lost too often.').waitFor();
    store.holdsAfter = null;
    await press(page, 'Start over: shop.bak');
    await complete(page);
    expect(store.requests.map(({ range }) => range)).toEqual(['', '']);
  });
});

describe('a chosen file', () => {
  it('is not emptied for a link that fails', async () => {
    const page = await open();
    await download(page);
    await item(page).getByText('Done').waitFor();
    await press(page, 'Get link: my db.bak');
    store.content = Buffer.from('never');
    await page.evaluate('window.chosen = "shop.bak"');
    await page.route(`${store.origin}/**`, (route) =>
      route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }),
    );
    await page.getByLabel('Link to my db.bak').getByRole('button', { name: 'Download' }).click();
    await see(page, 'The file no longer exists. Refresh the list.');
    expect(await savedText(page, 'shop.bak')).toBe('0123456789'.repeat(1000));
  });

  it('is not chosen for a link that is refused, which then offers a new one alone', async () => {
    const page = await open();
    const link = page.locator('.issued');
    await page.route(`${store.origin}/**`, (route) =>
      route.fulfill({ status: 403, headers: { 'access-control-allow-origin': '*' } }),
    );
    const offersNewLink = async () => {
      await link.getByText('The store no longer accepts this link.').waitFor();
      expect(await link.innerText()).not.toMatch(/Expires in|resume/i);
      expect(await page.evaluate('document.activeElement.innerText')).toBe('Get a new link');
    };
    await download(page);
    await offersNewLink();
    await press(page, 'Get a new link');
    await link.getByRole('button', { name: 'Download' }).click();
    await offersNewLink();
    expect(await page.evaluate('window.dialogs ?? 0')).toBe(0);
    await page.unroute(`${store.origin}/**`);
    await press(page, 'Get a new link');
    await link.getByText(/^Expires in/).waitFor();
  });

  it('may be declined without an error', async () => {
    const page = await open();
    await page.evaluate('window.choice = "AbortError"');
    await download(page);
    await until(() => store.requests.length === 1);
    await page.locator('.issued').getByRole('button', { name: 'Download' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('.tray').count()).toBe(0);
  });

  it('is requested again if the browser needs another click', async () => {
    const page = await open();
    await page.evaluate('window.choice = "SecurityError"');
    await download(page);
    await page.getByRole('button', { name: 'Choose where to save' }).waitFor();
    await page.evaluate('window.choice = undefined');
    await press(page, 'Choose where to save');
    await item(page).getByText('Done').waitFor();
    expect(store.requests).toHaveLength(1);
  });
});

describe('a file stored with a Content-Encoding', () => {
  it.each(['gzip', 'aws-chunked,gzip'])('of %s is not saved decoded', async (encoding) => {
    const page = await open();
    // Not exposed to other origins: excess bytes reveal it.
    Object.assign(store, { encoding, content: gzipSync('0'.repeat(100_000)) });
    await download(page);
    if (encoding === 'gzip') {
      await item(page).getByText('Your browser decompresses this file').waitFor();
      expect(await savedText(page, 'shop.bak')).toBe('');
    }
    expect(await page.locator('.tray').innerText()).not.toMatch(/1\d\d%|[2-9]\d\d%/);
  });
});
