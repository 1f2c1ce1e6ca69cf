import { setTimeout as sleep } from 'node:timers/promises';
import { startBareApollo, startByHand, startProduct, startUpstream } from '../lib/contenders.js';
import { figureOf } from '../lib/figures.js';
import { load } from '../lib/load.js';
import { ONE } from '../lib/queries.js';

const IDLE_MS = 2000;
/** V8 releases the unused memory of an idle process only after half a minute. */
const REST_MS = 45_000;
const RESTING = 3;

/** W6: start to first response, idle memory, memory after many requests. */
export async function* starting({ rounds, requests, quick }) {
  const upstream = await startUpstream();
  const starters = [startProduct, startByHand, startBareApollo];
  const samples = new Map(starters.map((starter) => [starter, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const starter of starters) {
        const server = await starter(upstream.origin, 0.1);
        await sleep(IDLE_MS);
        samples.get(starter).push({ ...server, idleMb: server.memoryMb() });
        await server.stop();
      }
    }
    const restMb = quick ? null : await restingMb(starters, upstream);
    const rows = starters.map((starter) => {
      const all = samples.get(starter);
      return [
        all[0].name,
        figureOf(all.map(({ startMs }) => startMs)),
        figureOf(all.map(({ idleMb }) => idleMb)),
        restMb?.get(starter) ?? null,
      ];
    });
    const head = ['', 'first answer after ms', 'MB after 2 s', 'MB after 45 s'];
    yield { workload: 'W6', title: 'W6: start and memory', head, rows };
    if (requests > 0) yield await manyRequests(upstream, requests);
  } finally {
    await upstream.stop();
  }
}

/** Memory after idling; all contenders wait at the same time. */
async function restingMb(starters, upstream) {
  const servers = new Map(starters.map((starter) => [starter, []]));
  try {
    for (let i = 0; i < RESTING; i += 1) {
      for (const starter of starters) {
        servers.get(starter).push(await starter(upstream.origin, 0.1));
      }
    }
    await sleep(REST_MS);
    return new Map(
      [...servers].map(([starter, all]) => [
        starter,
        figureOf(all.map((server) => server.memoryMb())),
      ]),
    );
  } finally {
    for (const server of [...servers.values()].flat()) await server.stop();
  }
}

async function manyRequests(upstream, requests) {
  const server = await startProduct(upstream.origin, 0.1);
  try {
    const rows = [['0', server.memoryMb()]];
    const step = requests / 4;
    for (let done = step; done <= requests; done += step) {
      const options = { clients: 8, seconds: Infinity, requests: step };
      await load(`${server.origin}/graphql`, ONE, options);
      rows.push([String(done), server.memoryMb()]);
    }
    const title = 'W6: memory of the product over requests of W1';
    return { workload: 'W6 requests', title, head: ['requests', 'MB'], rows };
  } finally {
    await server.stop();
  }
}
