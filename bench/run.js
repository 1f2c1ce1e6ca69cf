import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { goals } from './goals.js';
import { goalsSection, judge } from './lib/judge.js';
import { updateReadme } from './lib/readme.js';
import { toMarkdown } from './lib/table.js';
import { downloads } from './workloads/downloads.js';
import { getting } from './workloads/getting.js';
import { inProcess } from './workloads/in-process.js';
import { links } from './workloads/links.js';
import { page } from './workloads/page.js';
import { reuse } from './workloads/reuse.js';
import { scale } from './workloads/scale.js';
import { starting } from './workloads/starting.js';

const WORKLOADS = { reuse, links, inProcess, starting, downloads, scale, getting, page };
const QUICK = {
  names: ['reuse', 'links', 'starting', 'downloads', 'page'],
  rounds: 1,
  seconds: 0.5,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    requests: { type: 'string' },
    json: { type: 'string' },
    from: { type: 'string' },
    'update-readme': { type: 'boolean', default: false },
  },
});
const { quick } = values;
const options = {
  quick,
  rounds: Number(values.rounds ?? (quick ? QUICK.rounds : 5)),
  seconds: Number(values.seconds ?? (quick ? QUICK.seconds : 1.5)),
  requests: Number(values.requests ?? (quick ? 0 : 100_000)),
};

const numbers = values.from ? JSON.parse(readFileSync(values.from, 'utf8')) : await measureAll();
console.log(`\n${toMarkdown(goalsSection(judge(goals, numbers.sections)))}`);
if (values['update-readme']) updateReadme(numbers);

/** Runs the chosen workloads; one that fails leaves the others to run. */
async function measureAll() {
  const chosen = values.only?.split(',') ?? (quick ? QUICK.names : Object.keys(WORKLOADS));
  const unknown = chosen.filter((name) => !(name in WORKLOADS));
  if (unknown.length > 0) throw new Error(`no such workload: ${unknown.join(', ')}`);
  const measured = { conditions: conditions(), leftOut: leftOut(chosen), sections: [] };
  execFileSync('taskset', ['-cp', '1', String(process.pid)]);
  console.log([measured.conditions, measured.leftOut].filter(Boolean).join('\n'));
  for (const name of chosen) {
    try {
      for await (const section of WORKLOADS[name](options)) {
        measured.sections.push(section);
        console.log(`\n${toMarkdown(section)}`);
      }
    } catch (error) {
      console.error(`\n${name} failed:`, error);
      process.exitCode = 1;
    }
    if (values.json) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  }
  return measured;
}

function leftOut(chosen) {
  const names = Object.keys(WORKLOADS).filter((name) => !chosen.includes(name));
  const parts = quick ? [...names, 'memory after 45 s and over many requests'] : names;
  return parts.length === 0 ? '' : `Left out: ${parts.join(', ')}.`;
}

function conditions() {
  const peers = versionsIn('./package.json', [
    'mercurius',
    'graphql-yoga',
    '@graphql-hive/gateway',
  ]);
  const own = versionsIn('../package.json', ['@apollo/server', 'graphql', 'undici']);
  return [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${cpus()[0].model}`,
    `load before: ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`,
    [...own, ...peers].join(', '),
    `rounds: ${options.rounds} of ${options.seconds} s after one to warm up, medians (least–most)`,
  ].join('; ');
}

function versionsIn(manifest, names) {
  const file = readFileSync(new URL(manifest, import.meta.url), 'utf8');
  const { dependencies = {}, devDependencies = {} } = JSON.parse(file);
  return names.map((name) => `${name} ${dependencies[name] ?? devDependencies[name]}`);
}
