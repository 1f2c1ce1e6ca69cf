import { setTimeout as sleep } from 'node:timers/promises';
import { startBareApollo, startByHand, startProduct, startUpstream } from '../lib/contenders.js';
import { load, median } from '../lib/load.js';
import { ONE } from '../lib/queries.js';
import { number, table } from '../lib/table.js';

const IDLE_MS = 2000;
/** V8 releases the unused memory of an idle process only after half a minute. */
const REST_MS = 45_000;
const RESTING = 3;

/** W6: start to first response, idle memory, memory after many requests. */
export async function* starting({ rounds, requests }) {
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
    const restMb = await restingMb(starters, upstream);
    const rows = starters.map((starter) => {
      const all = samples.get(starter);
      return [
        all[0].name,
        number(median(all.map(({ startMs }) => startMs))),
        number(median(all.map(({ idleMb }) => idleMb))),
        number(restMb.get(starter)),
      ];
    });
    const columns = ['', 'first answer after ms', 'MB after 2 s', 'MB after 45 s'];
    yield `### W6: start and memory\n\n${table(columns, rows)}`;
    yield await manyRequests(upstream, requests);
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
        median(all.map((server) => server.memoryMb())),
      ]),
    );
  } finally {
    for (const server of [...servers.values()].flat()) await server.stop();
  }
}

async function manyRequests(upstream, requests) {
  const server = await startProduct(upstream.origin, 0.1);
  try {
    const rows = [['0', number(server.memoryMb())]];
    const step = requests / 4;
    for (let done = step; done <= requests; done += step) {
      const options = { clients: 8, seconds: Infinity, requests: step };
      await load(`${server.origin}/graphql`, ONE, options);
      rows.push([String(done), number(server.memoryMb())]);
    }
    return `Memory of the product over requests of W1:\n\n${table(['requests', 'MB'], rows)}`;
  } finally {
    await server.stop();
  }
}
