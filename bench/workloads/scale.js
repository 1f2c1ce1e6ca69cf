import { setTimeout as sleep } from 'node:timers/promises';
import { startStore } from '../lib/contenders.js';
import { figureOf, median, valueOf } from '../lib/figures.js';
import { load } from '../lib/load.js';
import { backupIdOf, FILE, folderStore, instanceIdOf, RARE, REGION } from '../lib/stores.js';

const SIZES = [200, 2000, 20_000];
const LARGE = { backups: 100_000, instances: 500 };
const READ_WITHIN_MS = 120_000;

const list = (name, filter = '') => ({
  query: `query ${name} {
    backups(regionId: "${REGION}", instanceId: "${instanceIdOf(0)}", first: 20${filter}) {
      totalCount
      nodes { id name status startedAt sizeBytes }
    }
  }`,
});
const one = (place) => ({
  query: `query One { backup(id: "${REGION}/${instanceIdOf(0)}/${backupIdOf(0, place)}") {
    id name status
    downloadURL(fileName: "${FILE}") { ... on SqlServerBackupDownloadURL { publicURL } }
  } }`,
});

/** What is asked of a store with so many backups. */
const questions = (backups) => [
  ['a page of 20', list('Page')],
  ['the newest with its link', one(0)],
  ['the oldest with its link', one(backups - 1)],
  ['a filter that few match', list('Rare', `, filter: {databaseName: "${RARE}"}`)],
  ['a filter that a seventh matches', list('Full', ', filter: {type: FULL}')],
];

/**
 * W8: how answers, memory and the time until everything is known grow with the number of backups.
 * @param stores makes of `{backups, instances}` what the product is started with, by name
 */
export async function* scale({ rounds, seconds, stores = { folder: folderStore } }) {
  for (const [name, createStore] of Object.entries(stores)) {
    const title = `W8: growth with the number of backups, ${name}`;
    const grown = await growth(createStore, { rounds, seconds });
    yield { workload: `W8 ${name}`, title, ...grown };
    const largeTitle = `W8: 100,000 backups of 500 instances, ${name}`;
    yield { workload: `W8 large ${name}`, title: largeTitle, ...(await large(createStore)) };
  }
}

async function growth(createStore, options) {
  const columns = [];
  for (const backups of SIZES) columns.push(await measureSize(createStore, backups, options));
  const names = Object.keys(columns[0]);
  const rows = names.map((name) => {
    const values = columns.map((column) => column[name]);
    return [name, ...values, valueOf(values.at(-1)) / valueOf(values[0])];
  });
  return { head: ['', ...SIZES.map(String), 'growth'], rows };
}

async function measureSize(createStore, backups, { rounds, seconds }) {
  const store = await createStore({ backups, instances: 1 });
  try {
    const server = await startStore(store.env);
    try {
      const readMs = await readAfterMs(server);
      const measured = { 'all known after ms': readMs, 'MB once all is known': server.memoryMb() };
      for (const [name, body] of questions(backups)) {
        const { ms, cpuMs } = await ask(server, body, rounds, seconds);
        measured[`${name}, ms`] = ms;
        measured[`${name}, CPU ms`] = cpuMs;
      }
      return measured;
    } finally {
      await server.stop();
    }
  } finally {
    store.remove();
  }
}

async function ask(server, body, rounds, seconds) {
  const samples = [];
  for (let round = 0; round <= rounds; round += 1) {
    const before = server.cpuMs();
    const { ms, requests } = await load(`${server.origin}/graphql`, body, {
      clients: 1,
      seconds,
      check,
    });
    // The first round warms up.
    if (round > 0) samples.push({ ms, cpuMs: (server.cpuMs() - before) / requests });
  }
  return { ms: figureOf(samples.map((s) => s.ms)), cpuMs: figureOf(samples.map((s) => s.cpuMs)) };
}

/** Starts on many backups for the first time and again, and asks for a page all the while. */
async function large(createStore) {
  const store = await createStore(LARGE);
  try {
    const rows = [];
    for (const name of ['first start', 'second start']) {
      const server = await startStore(store.env);
      try {
        const waits = [];
        const isRead = readAfterMs(server);
        let isDone = false;
        isRead.finally(() => (isDone = true)).catch(() => undefined);
        while (!isDone) {
          const { ms } = await load(`${server.origin}/graphql`, list('Page'), {
            clients: 1,
            seconds: Infinity,
            requests: 1,
            check,
          });
          waits.push(ms);
          await sleep(20);
        }
        const readMs = await isRead;
        rows.push([
          name,
          ...[server.startMs, readMs, median(waits), Math.max(...waits), server.memoryMb()],
        ]);
        // What is known is kept for the next start once everything is.
        await sleep(15_000);
      } finally {
        await server.stop();
      }
    }
    const head = ['first answer after ms', 'all known after ms', 'a page meanwhile, ms'];
    return { head: ['', ...head, 'at most', 'MB'], rows };
  } finally {
    store.remove();
  }
}

/** Milliseconds from the start of the store until everything in it is known, as its log tells. */
async function readAfterMs(server) {
  for (const end = performance.now() + READ_WITHIN_MS; ; await sleep(50)) {
    const line = server
      .logText()
      .split('\n')
      .find((text) => text.includes('"read the backups"'));
    if (line) return JSON.parse(line).ms;
    if (performance.now() > end) throw new Error('the backups were not read in time');
  }
}

function check(text) {
  const { data, errors } = JSON.parse(text);
  if (errors !== undefined || Object.values(data).includes(null))
    throw new Error(text.slice(0, 500));
}
