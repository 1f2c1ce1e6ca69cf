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
import { ratesSection } from '../lib/table.js';
import { check } from './reuse.js';

const NEVER = 0;
/** Milliseconds the upstream takes for a call, and clients at a time. */
const CONDITIONS = [10, 30, 100].flatMap((latency) =>
  [1, 8].map((clients) => ({ latency, clients })),
);

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
    yield ratesSection('W3', 'a page of 50 new links, upstream without latency, 4 clients', cold);

    const waiting = [product, byHand, hive, raw];
    const columns = [];
    for (const { latency, clients } of CONDITIONS) {
      await upstream.setLatency(latency);
      columns.push(await measure(waiting, { ...common, body: PAGE, clients, check }));
    }
    await upstream.setLatency(0);
    yield waitingSection(waiting, columns);

    const entities = await measure([product, byHand, ...others], {
      ...common,
      body: ENTITIES,
      clients: 8,
      check: checkEntities,
    });
    yield ratesSection('W5', '120 entities of three instances, 8 clients', entities);
  } finally {
    for (const server of [...servers, upstream]) await server.stop();
  }
}

/** The last row is the bound: a list, then all links at once. */
function waitingSection(contenders, columns) {
  return {
    workload: 'W4',
    title: 'W4: median ms for a page of 50 new links, by latency of the upstream and clients',
    head: ['', ...CONDITIONS.map(waitingColumn)],
    rows: [
      ...contenders.map(({ server }, index) => [
        server.name,
        ...columns.map((measured) => measured[index].ms),
      ]),
      ['two calls', ...CONDITIONS.map(({ latency }) => 2 * latency)],
    ],
  };
}

const waitingColumn = ({ latency, clients }) =>
  `${latency} ms, ${clients} client${clients === 1 ? '' : 's'}`;

/** @throws Error if an entity is missing */
function checkEntities(text) {
  const { data, errors } = JSON.parse(text);
  if (errors !== undefined || !data._entities.every(Boolean)) throw new Error(text.slice(0, 500));
}
