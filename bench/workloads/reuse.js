import {
  startByHand,
  startByHandWithoutReuse,
  startMercurius,
  startProduct,
  startRawBytes,
  startUpstream,
  startYoga,
} from '../lib/contenders.js';
import { ONE, PAGE } from '../lib/queries.js';
import { measure } from '../lib/rounds.js';
import { ratesSection } from '../lib/table.js';

/** The default of LINK_REUSE. */
const REUSE = 0.1;
const CLIENTS = 8;

/** W1 and W2: one backup and a page of 50, with reused links. */
export async function* reuse({ rounds, seconds }) {
  const upstream = await startUpstream();
  const servers = [];
  try {
    const starters = [
      startProduct,
      startByHand,
      startByHandWithoutReuse,
      startMercurius,
      startYoga,
    ];
    for (const start of starters) {
      servers.push(await start(upstream.origin, REUSE));
    }
    for (const [workload, title, body] of [
      ['W1', 'one backup with its link, from reuse', ONE],
      ['W2', 'a page of 50 backups with their links, from reuse', PAGE],
    ]) {
      const raw = await startRawBytes(await answerOf(servers[0], body));
      const contenders = [...servers, raw].map((server) => ({ server }));
      const options = { body, clients: CLIENTS, seconds, rounds, upstream, check };
      const measured = await measure(contenders, options);
      yield ratesSection(workload, `${title}, ${CLIENTS} clients`, measured);
      await raw.stop();
    }
  } finally {
    for (const server of [...servers, upstream]) await server.stop();
  }
}

async function answerOf({ origin }, body) {
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.text();
}

/** @throws Error if the response has an error or no link */
export function check(text) {
  const { errors } = JSON.parse(text);
  if (errors !== undefined || !text.includes('Signature=')) throw new Error(text.slice(0, 500));
}
