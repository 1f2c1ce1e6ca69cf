import { load, median } from './load.js';

/**
 * Measures contenders in turns, so that disturbances affect all of them, and takes the median of
 * the rounds.
 * @param contenders servers, each with its own `body` if it differs
 * @returns a row per contender: responses per second, latency and CPU milliseconds, and upstream
 *   calls per response
 */
export async function measure(contenders, { body, clients, seconds, rounds, upstream, check }) {
  const samples = contenders.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const sample = await once(contender, { body, clients, seconds, upstream, check });
      // The first round is a warm-up.
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
