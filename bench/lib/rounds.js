import { load, median } from './load.js';

/**
 * Lets contenders answer the same thing in turns, so that what disturbs the machine disturbs all of
 * them, and takes the median of the rounds.
 * @param contenders servers, each with the `body` to send it where it is not `body`
 * @returns a row for each: answers a second, milliseconds of an answer, of the processor and calls of
 *   the upstream for one answer
 */
export async function measure(contenders, { body, clients, seconds, rounds, upstream, check }) {
  const samples = contenders.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const sample = await once(contender, { body, clients, seconds, upstream, check });
      // The first round warms up.
      if (round > 0) samples[index].push(sample);
    }
  }
  return contenders.map(({ server }, index) => ({
    name: server.name,
    perSecond: median(samples[index].map(({ perSecond }) => perSecond)),
    ms: median(samples[index].map(({ ms }) => ms)),
    cpuMs: median(samples[index].map(({ cpuMs }) => cpuMs)),
    calls: median(samples[index].map(({ calls }) => calls)),
  }));
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
  return { perSecond, ms, cpuMs, calls: (await upstream.takeCalls()) / requests };
}
