import { access } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Keep the browser to itself: no sandbox of its own, no calls home. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium, of CHROMIUM or where the system keeps it. */
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
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** One person at the page. */
export interface Visit {
  readonly page: Page;
  /** What went wrong in the page: errors, and what its policy had to stop. */
  readonly faults: readonly string[];
  /** Origins the page asked anything of. */
  readonly origins: ReadonlySet<string>;
  /** Opens the address in a second tab. */
  again(): Promise<Page>;
  close(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Stops the timers of the page, so that the test moves its clock. */
  readonly ownClock?: boolean;
  /** Whether the browser lets the page write files: into a folder of the visit, without a dialog. */
  readonly savesFiles?: boolean;
}

/**
 * Stands in for the dialog, which belongs to the system: nobody could answer it here. Like the dialog, it
 * empties the file. `chosen` is the name of the file, `choice` what is thrown instead.
 */
const PICKER = `
  window.showSaveFilePicker = async ({ suggestedName = 'unnamed' } = {}) => {
    if (window.choice) throw new DOMException('', window.choice);
    window.dialogs = (window.dialogs ?? 0) + 1;
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle(window.chosen ?? suggestedName, { create: true });
    await (await file.createWritable()).close();
    return file;
  }`;

/** Opens an address as a person with a desktop, English and the time of Beijing, unless told else. */
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
  await context.addInitScript(savesFiles ? PICKER : 'delete window.showSaveFilePicker');
  if (ownClock) await page.clock.install();
  await page.goto(url);
  const again = async (): Promise<Page> => {
    const other = await context.newPage();
    await other.goto(url);
    return other;
  };
  return { page, faults, origins, again, close: () => context.close() };
}

/** Presses a button by its name. */
export function press(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole('button', { name, exact: typeof name === 'string' }).click();
}

/** The text of a file that the page saved; null where there is none. */
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

/** Waits until a text is to be seen. */
export function see(page: Page, text: string | RegExp): Promise<void> {
  return page.getByText(text).first().waitFor();
}
