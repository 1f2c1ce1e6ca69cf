import { figureOf, median } from './figures.js';
import { load } from './load.js';

/**
 * Measures contenders in turns, so that disturbances affect all of them.
 * @param contenders servers, each with its own `body` if it differs
 * @returns for each contender figures of responses per second, latency and CPU milliseconds, and its
 *   upstream calls per response: lists and links
 */
export async function measure(contenders, { body, clients, seconds, rounds, upstream, check }) {
  const options = { body, clients, seconds, upstream, check };
  const samples = await inTurns(rounds, contenders, (contender) => once(contender, options));
  return contenders.map(({ server }, index) => {
    const of = (name) => samples[index].map((sample) => sample[name]);
    return {
      name: server.name,
      perSecond: figureOf(of('perSecond')),
      ms: figureOf(of('ms')),
      cpuMs: figureOf(of('cpuMs')),
      lists: median(of('lists')),
      links: median(of('links')),
    };
  });
}

/**
 * Takes a sample of everything in each round, after a round to warm up.
 * @returns the samples of each
 */
export async function inTurns(rounds, contenders, sampleOf) {
  const samples = contenders.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const sample = await sampleOf(contender);
      if (round > 0) samples[index].push(sample);
    }
  }
  return samples;
}

async function once({ server, body: own }, { body, clients, seconds, upstream, check }) {
  await upstream.takeCalls();
  const before = server.cpuMs();
  const { perSecond, ms, requests } = await load(`${server.origin}/graphql`, own ?? body, {
    clients,
    seconds,
    check,
  });
  const cpuMs = (server.cpuMs() - before) / requests;
  const { lists, links } = await upstream.takeCalls();
  return { perSecond, ms, cpuMs, lists: lists / requests, links: links / requests };
}
