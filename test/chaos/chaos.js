import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS, startAttack } from '../load/attack.js';
import { startFleet } from '../load/fleet.js';
import { downloadOf, failedOf, startLoad, summarise } from '../load/load.js';

/**
 * Breaks one component after the other under load, in about three minutes, and checks the effect.
 */
const WORKERS = 8;
/** Codes of upstream failures. */
const UPSTREAM = /^UPSTREAM_(TIMEOUT|UNAVAILABLE|BAD_RESPONSE|THROTTLED)$/;

const GIB = 2 ** 30;

const print = (line) => process.stdout.write(`${line}\n`);
const faults = [];
const fleet = await startFleet({ UPSTREAM_ATTEMPT_TIMEOUT_MS: '500', UPSTREAM_TIMEOUT_MS: '2000' });
const { replicas, redis, wire } = fleet;
const load = await startLoad(fleet.origin, { workers: WORKERS });

/** Ends a phase: prints and checks its results. */
function phase(name, check) {
  const results = load.take();
  print(`${name}: ${JSON.stringify(summarise(results))}`);
  if (results.length === 0) faults.push(`${name}: no request was answered`);
  check(results, name);
}

function noneFailed(results, name) {
  if (failedOf(results).length > 0) faults.push(`${name}: requests failed`);
}

await sleep(5000);
phase('all well', noneFailed);

const killedAt = Date.now();
await replicas[0].stop('SIGKILL');
await sleep(5000);
phase('one replica killed', (results, name) => {
  const failed = failedOf(results);
  if (failed.length > WORKERS) faults.push(`${name}: more than the requests in flight failed`);
  if (failed.some(({ at }) => at > killedAt + 1500)) faults.push(`${name}: failures go on`);
});
await replicas[0].start();
await sleep(5000);
phase('the replica is back', noneFailed);

await redis.stop('SIGKILL');
await sleep(5000);
phase('Redis killed', noneFailed);
await redis.start();
await sleep(5000);
phase('Redis is back', noneFailed);

for (const fault of ['503', 'html', 'reset', 'stall', 'flood']) {
  wire.fault = fault;
  await sleep(5000);
  wire.fault = null;
  phase(`the upstream says ${fault}`, (results, name) => {
    const codes = failedOf(results).flatMap(({ codes: all }) => all);
    if (codes.length === 0) faults.push(`${name}: nobody noticed`);
    if (!codes.every((code) => UPSTREAM.test(code))) faults.push(`${name}: other codes`);
  });
  // The breaker allows a probe after 5 s; calls in flight end within 2 s.
  await sleep(6000);
  load.take();
  await sleep(2000);
  phase(`the upstream after ${fault}`, noneFailed);
}

// Not part of the load, which was listed before.
const url = await downloadOf(fleet.origin, await fleet.addBackup(GIB));
for (const [name, attack] of Object.entries(ATTACKS)) {
  const targets = {
    graphql: `${replicas[0].origin}/graphql`,
    store: fleet.storeOrigin,
    link: () => Promise.resolve(url),
  };
  const attacker = startAttack(attack, targets);
  await sleep(5000);
  const sent = await attacker.stop();
  phase(`attacked ${sent} times by ${name}`, noneFailed);
}

await load.stop();
for (const { origin } of replicas) {
  if (!(await fetch(`${origin}/health/ready`)).ok) faults.push(`${origin} is not ready at the end`);
}
await fleet.close();
print(faults.length === 0 ? 'chaos: passed' : `chaos: FAILED: ${faults.join('; ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;
