import { setTimeout as sleep } from 'node:timers/promises';
import { startBareApollo, startByHand, startProduct, startUpstream } from '../lib/contenders.js';
import { load, median } from '../lib/load.js';
import { ONE } from '../lib/queries.js';
import { number, table } from '../lib/table.js';

const IDLE_MS = 2000;

/** W6: start to first answer, idle memory, memory after many requests. */
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
    const rows = starters.map((starter) => {
      const all = samples.get(starter);
      return [
        all[0].name,
        number(median(all.map(({ startMs }) => startMs))),
        number(median(all.map(({ idleMb }) => idleMb))),
      ];
    });
    yield `### W6: start and memory\n\n${table(['', 'first answer after ms', 'idle MB'], rows)}`;
    yield await manyRequests(upstream, requests);
  } finally {
    await upstream.stop();
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
