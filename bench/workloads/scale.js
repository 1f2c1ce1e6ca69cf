import { setTimeout as sleep } from 'node:timers/promises';
import { startStore } from '../lib/contenders.js';
import { figureOf, median, valueOf } from '../lib/figures.js';
import { load } from '../lib/load.js';
import {
  backupIdOf,
  bucketStore,
  FILE,
  folderStore,
  instanceIdOf,
  RARE,
  REGION,
} from '../lib/stores.js';

const SIZES = [200, 2000, 20_000];
const STORES = [
  { name: 'folder', createStore: folderStore, large: { backups: 100_000, instances: 500 } },
  { name: 'bucket', createStore: bucketStore, large: { backups: 20_000, instances: 100 } },
];
const WITHIN_MS = 300_000;

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

/** W8: how answers, memory and the time until everything is known grow with the number of backups. */
export async function* scale(options) {
  for (const { name, createStore, large } of STORES) {
    const title = `W8: growth with the number of backups, ${name}`;
    yield { workload: `W8 ${name}`, title, ...(await growth(createStore, options)) };
    const counts = `${large.backups} backups of ${large.instances} instances`;
    const largeTitle = `W8: two starts on ${counts}, ${name}`;
    yield {
      workload: `W8 large ${name}`,
      title: largeTitle,
      ...(await starts(createStore, large)),
    };
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
    await store.remove();
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
async function starts(createStore, large) {
  const store = await createStore(large);
  try {
    const rows = [];
    for (const name of ['first start', 'second start']) {
      const server = await startStore(store.env);
      try {
        const waits = await pagesUntilRead(server);
        const readMs = await readAfterMs(server);
        const meanwhile = waits.length > 0 ? [median(waits), Math.max(...waits)] : [null, null];
        rows.push([
          name,
          ...[server.startMs, readMs, server.cpuMs(), ...meanwhile, server.memoryMb()],
        ]);
        await within(WITHIN_MS, 'nothing was kept for the next start', () => store.isReady());
      } finally {
        await server.stop();
      }
    }
    const head = ['first answer after ms', 'all known after ms', 'CPU ms', 'a page meanwhile, ms'];
    return { head: ['', ...head, 'at most', 'MB'], rows };
  } finally {
    await store.remove();
  }
}

/** Milliseconds of each page, asked for one after the other until everything is known. */
async function pagesUntilRead(server) {
  const waits = [];
  while (!lineOfRead(server)) {
    const { ms } = await load(`${server.origin}/graphql`, list('Page'), {
      clients: 1,
      seconds: Infinity,
      requests: 1,
      check,
    });
    waits.push(ms);
    await sleep(20);
  }
  return waits;
}

/** Milliseconds from the start of the store until everything in it is known, as its log tells. */
async function readAfterMs(server) {
  const line = await within(WITHIN_MS, 'the backups were not read', () => lineOfRead(server));
  return JSON.parse(line).ms;
}

const lineOfRead = (server) =>
  server
    .logText()
    .split('\n')
    .find((text) => text.includes('"read the backups"'));

async function within(ms, failure, find) {
  for (const end = performance.now() + ms; ; await sleep(50)) {
    const found = await find();
    if (found) return found;
    if (performance.now() > end) throw new Error(failure);
  }
}

function check(text) {
  const { data, errors } = JSON.parse(text);
  if (errors !== undefined || Object.values(data).includes(null))
    throw new Error(text.slice(0, 500));
}
