import {
  startByHand,
  startHive,
  startMercurius,
  startProduct,
  startRawCalls,
  startUpstream,
  startYoga,
} from '../lib/contenders.js';
import { ENTITIES, PAGE, REST_PAGE } from '../lib/queries.js';
import { measure } from '../lib/rounds.js';
import { number, ratesTable, table } from '../lib/table.js';
import { check } from './reuse.js';

const NEVER = 0;
const LATENCIES = [30, 100];
const CLIENTS = [1, 8];
const CAP = 32;

/** W3, W4 and W5: a page of 50 new links, and entities. */
export async function* links({ rounds, seconds }) {
  const upstream = await startUpstream();
  const servers = [];
  const start = async (starter) => {
    const server = await starter(upstream.origin, NEVER);
    servers.push(server);
    return { server };
  };
  try {
    const product = await start(startProduct);
    const byHand = await start(startByHand);
    const hive = { ...(await start(startHive)), body: REST_PAGE };
    const others = [await start(startMercurius), await start(startYoga)];
    const raw = await start(startRawCalls);
    const all = [product, byHand, hive, ...others, raw];
    const common = { seconds, rounds, upstream };

    const cold = await measure(all, { ...common, body: PAGE, clients: 4, check });
    yield `### W3: a page of 50 links asked for anew, upstream without latency, 4 clients\n\n${ratesTable(cold)}`;

    const rows = [];
    for (const latency of LATENCIES) {
      await upstream.setLatency(latency);
      for (const clients of CLIENTS) {
        const options = { body: PAGE, clients, rounds: Math.min(rounds, 3), check };
        const measured = await measure([product, byHand, hive, raw], { ...common, ...options });
        rows.push(...measured.map((row) => latencyRow(row, latency, clients)));
      }
    }
    await upstream.setLatency(0);
    yield `### W4: the same with latency\n\n${table(['', 'latency ms', 'clients', 'median ms', 'of the bound', 'answers/s', 'upstream calls'], rows)}`;

    const entities = await measure([product, byHand, ...others], {
      ...common,
      body: ENTITIES,
      clients: 8,
    });
    yield `### W5: 120 entities of three instances, 8 clients\n\n${ratesTable(entities)}`;
  } finally {
    for (const server of [...servers, upstream]) await server.stop();
  }
}

/**
 * The lower bound: the list, then the links in rounds of the concurrency limit, which all clients
 * share.
 */
function latencyRow({ name, ms, perSecond, calls }, latency, clients) {
  const bound = (1 + Math.ceil((50 * clients) / CAP)) * latency;
  return [
    name,
    String(latency),
    String(clients),
    number(ms),
    (ms / bound).toFixed(2),
    number(perSecond),
    number(calls),
  ];
}
