import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { downloads } from './workloads/downloads.js';
import { getting } from './workloads/getting.js';
import { inProcess } from './workloads/in-process.js';
import { links } from './workloads/links.js';
import { reuse } from './workloads/reuse.js';
import { scale } from './workloads/scale.js';
import { starting } from './workloads/starting.js';

/** `--only reuse,links` runs some workloads, `--rounds` and `--seconds` make runs longer or shorter. */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.5' },
    requests: { type: 'string', default: '100000' },
  },
});
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  requests: Number(values.requests),
};
const workloads = { reuse, links, inProcess, starting, downloads, getting, scale };
const chosen = values.only?.split(',') ?? Object.keys(workloads);

execFileSync('taskset', ['-cp', '1', String(process.pid)]);
console.log(conditions());
for (const name of chosen) {
  for await (const section of workloads[name](options)) console.log(`\n${section}`);
}

function conditions() {
  const { version } = JSON.parse(
    readFileSync(new URL('../node_modules/@apollo/server/package.json', import.meta.url)),
  );
  return [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${cpus()[0].model}`,
    `load before: ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}; Apollo Server ${version}`,
    `${values.rounds} rounds of ${values.seconds} s after one to warm up, medians`,
  ].join('; ');
}
