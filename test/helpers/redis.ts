import { Redis } from 'ioredis';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { closing } from './closing.js';
import { freePort } from './free-port.js';

/** A shared Redis: tests are separated by access key ID. */
export const COMMON_REDIS = 'redis://127.0.0.1:6379/9';

/** Settings of processes that share links and budget over a Redis, separate from others. */
export function sharingEnv(REDIS_URL: string) {
  return {
    REDIS_URL,
    CACHE_KEY: randomBytes(32).toString('base64'),
    JDCLOUD_ACCESS_KEY_ID: `TEST${randomBytes(8).toString('hex')}`,
  };
}

/**
 * Whether a product has logged that it uses its Redis, possibly after a disconnect on a busy
 * machine.
 */
export const usesRedis = ({ log }: { readonly log: readonly string[] }): boolean =>
  log.some((line) => line.includes('Redis connected'));

/** Whether a Redis responds at `url`; its absence is logged, and is a failure if CI is set. */
export async function hasRedis(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null });
  redis.on('error', () => undefined);
  const answer = await redis.connect().then(
    () => redis.ping(),
    () => undefined,
  );
  redis.disconnect();
  return demand(answer === 'PONG', `a Redis at ${url}`);
}

/** Whether this machine can start a Redis of its own, see `hasRedis`. */
export function canStartRedis(): boolean {
  return demand(spawnSync('redis-server', ['--version']).status === 0, 'the program redis-server');
}

/** A Redis server under the control of a test. */
export interface TestRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Kills it without notifying its clients. */
  kill(): Promise<void>;
  /** Makes it hang: it accepts connections but does not respond. */
  pause(): void;
  resume(): void;
}

export async function createTestRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  closing(kill);
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
      server = spawn('redis-server', options, { stdio: 'ignore', cwd: '/tmp' });
      while (!(await answers(port))) await sleep(10);
    },
    kill,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
  };
}

async function answers(port: number): Promise<boolean> {
  const redis = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: null });
  redis.on('error', () => undefined);
  const isReady = await redis.connect().then(
    () => true,
    () => false,
  );
  redis.disconnect();
  return isReady;
}

function demand(isThere: boolean, what: string): boolean {
  if (isThere) return true;
  if (process.env['CI']) throw new Error(`These tests need ${what}.`);
  process.stderr.write(`Tests are skipped: they need ${what}.\n`);
  return false;
}
