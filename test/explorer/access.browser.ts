import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { SECRET_AUTH } from '../helpers/tokens.js';
import { SQL_BACKUP, SQL_INSTANCE, startSampleProduct } from './sample-product.js';
import { see, startBrowser, visit, type Visit, type VisitOptions } from './visit.js';

const WORDS = {
  'en-US': {
    getLink: 'Get link: shop.bak',
    expires: /^Expires in/,
    filter: /^Filter/,
    notMade: 'This backup is still in progress.',
    token: 'Access token',
    choose: 'Instances in Beijing',
    deleted: 'This instance no longer exists.',
  },
  'zh-CN': {
    getLink: '获取链接：shop.bak',
    expires: /后过期$/,
    filter: /^筛选/,
    notMade: '此备份仍在生成中',
    token: '访问令牌',
    choose: '华北-北京（cn-north-1）的实例',
    deleted: '该实例已不存在。',
  },
} as const;

const BUILDING = '9b3d5f70-2c4e-4a81-9c6b-4a5b6c7d8e93';

let current: Visit;

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const product = await startSampleProduct();
const guarded = await startSampleProduct(SECRET_AUTH);
const browser = await startBrowser();

async function open(url: string, options?: VisitOptions): Promise<Page> {
  current = await visit(browser, url, options);
  return current.page;
}

/** The findings of axe, one per line. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
  );
}

const overflow = (page: Page) =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

describe.each(['en-US', 'zh-CN'] as const)('in %s', (locale) => {
  const words = WORDS[locale];

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)(
    '%s at %d px: every state is accessible and fits',
    async (colorScheme, width) => {
      const options = { locale, colorScheme, viewport: { width, height: 800 } };
      const check = async (): Promise<void> => {
        expect(await violations(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect(current.faults).toEqual([]);
      };
      const page = await open(product.origin, options);
      await see(page, words.choose);
      await check();

      await page.goto(product.listOf(SQL_INSTANCE, `&type=FULL&backup=${SQL_BACKUP}`));
      await page.getByRole('button', { name: words.getLink }).click();
      await see(page, words.expires);
      await check();

      await page.goto(product.listOf(SQL_INSTANCE, `&backup=${BUILDING}`));
      await see(page, words.notMade);
      await page.getByText(words.filter).click();
      await check();

      await page.goto(product.listOf('sqlserver-r7d2k9m4xq'));
      await see(page, words.deleted);
      await check();

      await page.goto(guarded.origin);
      await page.getByLabel(words.token).waitFor();
      await check();
      // The checks of five states, a second or more each.
    },
    120_000,
  );

  it('the page contains no text in the other language', async () => {
    const page = await open(product.listOf(SQL_INSTANCE, `&backup=${SQL_BACKUP}`), { locale });
    await page.getByRole('button', { name: words.getLink }).click();
    await see(page, words.expires);
    // Names and the language selector are not translated.
    await page.evaluate(
      `document.querySelectorAll('code, strong, .backup-name, .segments[role=group], select, .file-name, [role=status], td.engine, h2, .list-head p')
        .forEach((element) => element.remove())`,
    );
    const text = await page.evaluate<string>('document.body.innerText');
    if (locale === 'en-US') expect(text).not.toMatch(/\p{Script=Han}/u);
    else
      expect(text.replaceAll(/SQL Server|SHA|curl|wget|sh、bash|zsh/g, '')).not.toMatch(
        /[a-z]{2,}/i,
      );
  });
});

it('another language is one click away, and kept', async () => {
  const page = await open(product.listOf(SQL_INSTANCE));
  await see(page, '4 backups');
  await page.getByRole('button', { name: '中文' }).click();
  await see(page, '共 4 个备份');
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  expect(await page.title()).toBe('备份下载');
  await page.reload();
  await see(page, '共 4 个备份');
});

describe('with only the keyboard', () => {
  /** Presses Tab until the focused element has this accessible name. */
  async function tabTo(page: Page, name: RegExp): Promise<void> {
    const focused = `(() => {
      const { ariaLabel, innerText, labels } = document.activeElement;
      return ariaLabel || labels?.[0]?.innerText || innerText || '';
    })()`;
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      if (name.test(await page.evaluate<string>(focused))) return;
    }
    throw new Error(`Tabbing does not come to ${String(name)}.`);
  }

  it('a backup is found and its link requested and copied, with every step announced', async () => {
    const page = await open(product.origin);
    const spoken = page.locator('[role=status].visually-hidden');
    await see(page, 'Instances in Beijing');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await tabTo(page, /^sample-sqlserver/);
    await page.keyboard.press('Enter');
    await spoken.getByText('4 backups on this page').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('backups-title');
    await tabTo(page, /^Files: sample-weekly-full/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Get link: shop\.bak/);
    await page.keyboard.press('Enter');
    await spoken.getByText('The link is ready: shop.bak').waitFor();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Link to shop.bak');
    await tabTo(page, /^Copy$/);
    await page.keyboard.press('Enter');
    await spoken.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(
      /^code=\$\(curl .*shop\.bak/,
    );
  });
});
