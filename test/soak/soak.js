import { setTimeout as sleep } from 'node:timers/promises';
import { startFleet } from '../load/fleet.js';
import { startLoad, summarise } from '../load/load.js';

/**
 * Mixed load on two replicas for `npm run soak -- <seconds>` (default 300): heap use must stay flat
 * after warm-up, and a rolling restart at the end must not fail any request.
 */
const seconds = Number(process.argv[2] ?? 300);
if (!(seconds >= 20)) throw new Error('soak: expected a number of seconds from 20 on');

/** Growth of the minimum heap between the first and last third that counts as noise. */
const NOISE = { factor: 1.2, bytes: 4 * 1024 * 1024 };

const print = (line) => process.stdout.write(`${line}\n`);
const faults = [];
const collector = new URL('collect-on-signal.js', import.meta.url).href;
const fleet = await startFleet({ NODE_OPTIONS: `--import ${collector}` });
const load = await startLoad(fleet.origin);

await sleep(seconds * 250);
print(`warm-up:         ${JSON.stringify(summarise(load.take()))}`);

const heaps = fleet.replicas.map(() => []);
const end = Date.now() + seconds * 600;
while (Date.now() < end) {
  await sleep(1000);
  for (const [index, replica] of fleet.replicas.entries()) heaps[index].push(await heapOf(replica));
}
const steady = summarise(load.take());
print(`steady load:     ${JSON.stringify(steady)}`);
if (steady.failed > 0) faults.push('requests failed under steady load');

for (const [index, samples] of heaps.entries()) {
  const third = Math.floor(samples.length / 3);
  // The minimum of each third has the fewest requests in flight.
  const first = Math.min(...samples.slice(0, third));
  const last = Math.min(...samples.slice(-third));
  print(`heap of replica ${index + 1}: ${mb(first)} MB at first, ${mb(last)} MB at last`);
  if (last > first * NOISE.factor + NOISE.bytes)
    faults.push(`the heap of replica ${index + 1} grows`);
}

for (const replica of fleet.replicas) {
  const code = await replica.stop('SIGTERM');
  if (code !== 0) faults.push(`a replica ended with ${code}`);
  await replica.start();
  await sleep(1000);
}
const rolling = summarise(load.take());
print(`rolling restart: ${JSON.stringify(rolling)}`);
if (rolling.failed > 0) faults.push('requests failed through the rolling restart');

await load.stop();
await fleet.close();
print(faults.length === 0 ? 'soak: passed' : `soak: FAILED: ${faults.join('; ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Bytes in use after garbage collection. */
async function heapOf(replica) {
  replica.signal('SIGUSR2');
  const text = await (await fetch(`${replica.origin}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]);
}

function mb(bytes) {
  return (bytes / 1024 / 1024).toFixed(1);
}
