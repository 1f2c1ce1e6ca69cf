import { access } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { closing } from '../helpers/closing.js';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Isolates the browser: no sandbox, no background requests. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium from CHROMIUM or its usual places. */
export async function startBrowser(): Promise<Browser> {
  const candidates = [process.env['CHROMIUM'] ?? '', ...EXECUTABLES];
  const found = await Promise.all(
    candidates.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  const executablePath = candidates.find((_path, index) => found[index]);
  if (executablePath === undefined) {
    throw new Error('There is no Chromium: install it, or set CHROMIUM to its path.');
  }
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  closing(() => browser.close());
  return browser;
}

/** A visit to the page. */
export interface Visit {
  readonly page: Page;
  /** Errors of the page, and violations of its policy. */
  readonly faults: readonly string[];
  /** Origins the page sent requests to. */
  readonly origins: ReadonlySet<string>;
  /** Opens the address in a second tab. */
  again(): Promise<Page>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Whether the test controls the page's timers. */
  readonly ownClock?: boolean;
  /** Whether the page can write files: to a folder of the visit, without a dialog. */
  readonly savesFiles?: boolean;
}

/**
 * Replaces the system's file dialog, which a test cannot answer. Like the dialog, it empties the
 * file. `chosen` is the file name, `choice` the name of an error to throw instead.
 */
const PICKER = `
  window.showSaveFilePicker = async ({ suggestedName = 'unnamed' } = {}) => {
    if (window.choice) throw new DOMException('', window.choice);
    window.dialogs = (window.dialogs ?? 0) + 1;
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle(window.chosen ?? suggestedName, { create: true });
    await (await file.createWritable()).close();
    return file;
  };
  window.showDirectoryPicker = () => navigator.storage.getDirectory();`;

/** Opens an address on a desktop in English and Beijing time unless `options` say otherwise. */
export async function visit(
  browser: Browser,
  url: string,
  { ownClock = false, savesFiles = false, ...options }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    timezoneId: 'Asia/Shanghai',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  closing(() => context.close());
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  const origins = new Set<string>();
  page.on('pageerror', (error) => void faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (request.url().startsWith('http')) origins.add(new URL(request.url()).origin);
  });
  await context.addInitScript(
    savesFiles ? PICKER : 'delete window.showSaveFilePicker; delete window.showDirectoryPicker',
  );
  if (ownClock) await page.clock.install();
  await page.goto(url);
  const again = async (): Promise<Page> => {
    const other = await context.newPage();
    await other.goto(url);
    return other;
  };
  return { page, faults, origins, again };
}

/** Clicks a button by its name. */
export function press(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole('button', { name, exact: typeof name === 'string' }).click();
}

/** The text of a file saved by the page; null if it does not exist. */
export function savedText(page: Page, name: string): Promise<string | null> {
  return page.evaluate<string | null>(`(async () => {
    const folder = await navigator.storage.getDirectory();
    try {
      const file = await folder.getFileHandle(${JSON.stringify(name)});
      return await (await file.getFile()).text();
    } catch {
      return null;
    }
  })()`);
}

/** Waits until a text is visible. */
export function see(page: Page, text: string | RegExp): Promise<void> {
  return page.getByText(text).first().waitFor();
}
