import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/load/free-port.js';

/** The measured process has its own CPU core; load and upstream share the other one. */
const MEASURED_CORE = '0';
const OTHER_CORE = '1';

/** The unit of /proc, USER_HZ: 100 on all current Linux systems. */
const TICKS_PER_MS = 100 / 1000;

/**
 * Starts a program on a free port and waits for its first response. Its output goes to a file, as
 * in production.
 * @param probe request that succeeds once the program is up
 */
export async function startProcess(command, { name, env = {}, probe, measured = true, cwd }) {
  const port = await freePort();
  const log = join(mkdtempSync(join(tmpdir(), 'bench-')), `${name}.log`);
  const output = openSync(log, 'a');
  const startedAt = performance.now();
  const [program, ...args] = command(port);
  const child = spawn('taskset', ['-c', measured ? MEASURED_CORE : OTHER_CORE, program, ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...env },
    stdio: ['ignore', output, output],
    cwd,
  });
  const exited = once(child, 'exit');
  const origin = `http://127.0.0.1:${port}`;
  try {
    await until(() => probe(origin), child);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`${name} did not start: ${readFileSync(log, 'utf8').slice(-2000)}`, { cause });
  }
  return {
    name,
    origin,
    pid: child.pid,
    startMs: performance.now() - startedAt,
    cpuMs: () => processesOf(child.pid).reduce((sum, pid) => sum + cpuMs(pid), 0),
    /** What it has written so far. */
    logText: () => readFileSync(log, 'utf8'),
    memoryMb: () => processesOf(child.pid).reduce((sum, pid) => sum + residentMb(pid), 0),
    async stop() {
      for (const pid of processesOf(child.pid)) kill(pid);
      await exited;
    },
  };
}

/** Probes a GraphQL server. @throws Error if it does not respond */
export async function askTypename(origin) {
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{__typename}"}',
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

async function until(probe, child) {
  for (const end = performance.now() + 180_000; ; await sleep(5)) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() > end || child.exitCode !== null) throw error;
    }
  }
}

/** A process and its descendants. */
function processesOf(pid) {
  let children = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  } catch {
    return [];
  }
  return [pid, ...children.filter(Boolean).flatMap((child) => processesOf(Number(child)))];
}

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_MS;
}

function residentMb(pid) {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [0, 0];
  return Number(kb) / 1024;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}
