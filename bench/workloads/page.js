import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { startStore } from '../lib/contenders.js';
import { figureOf } from '../lib/figures.js';
import { inTurns } from '../lib/rounds.js';
import { folderStore, instanceIdOf, REGION } from '../lib/stores.js';

const ASSETS = fileURLToPath(new URL('../../dist/explorer/assets', import.meta.url));
const BARE_PAGE = readFileSync(new URL('../peers/bare-page.html', import.meta.url), 'utf8');
const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const BACKUPS = 50;

/** Notes when the first row of a list is in the document, in milliseconds from the navigation. */
const NOTE_FIRST_ROW = `new MutationObserver((changes, observer) => {
  if (!document.querySelector('tbody td')) return;
  observer.disconnect();
  window.firstRowMs = performance.now();
}).observe(document, { childList: true, subtree: true });`;

/** W10: the page for people: its weight, and the time to its first list in Chromium, nothing cached. */
export async function* page({ rounds }) {
  const title = 'W10: the page';
  yield {
    workload: 'W10 weight',
    title: `${title}, weight of scripts and styles`,
    head: ['', 'bytes, gzip'],
    rows: [['product', weightOf(ASSETS)]],
  };
  const section = { workload: 'W10', title: `${title}, time to the first list in Chromium` };
  const executablePath = EXECUTABLES.find(existsSync);
  if (executablePath === undefined) {
    yield { ...section, leftOut: 'it needs Chromium (`apt-get install chromium`)' };
    return;
  }
  const rows = await withStore((origin) => timeFirstRows(executablePath, origin, rounds));
  yield { ...section, head: ['', 'ms'], rows };
}

function weightOf(folder) {
  return readdirSync(folder)
    .map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }))
    .reduce((sum, { length }) => sum + length, 0);
}

async function withStore(use) {
  const store = folderStore({ backups: BACKUPS });
  try {
    const server = await startStore(store.env);
    try {
      return await use(server.origin);
    } finally {
      await server.stop();
    }
  } finally {
    store.remove();
  }
}

async function timeFirstRows(executablePath, origin, rounds) {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const list = `#region=${REGION}&instance=${instanceIdOf(0)}`;
    const pages = [
      { name: 'product', url: `${origin}/${list}` },
      { name: 'bare page', url: `${origin}/bare${list}` },
    ];
    const samples = await inTurns(rounds, pages, ({ url }) => firstRowMs(browser, url));
    return pages.map(({ name }, index) => [name, figureOf(samples[index])]);
  } finally {
    await browser.close();
  }
}

async function firstRowMs(browser, url) {
  const context = await browser.newContext();
  try {
    const tab = await context.newPage();
    await tab.route('**/bare*', (route) =>
      route.fulfill({ contentType: 'text/html', body: BARE_PAGE }),
    );
    await tab.addInitScript(NOTE_FIRST_ROW);
    await tab.goto(url);
    const time = await tab.waitForFunction(() => globalThis.firstRowMs);
    return await time.jsonValue();
  } finally {
    await context.close();
  }
}
