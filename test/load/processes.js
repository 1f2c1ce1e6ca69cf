import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** A process that can be restarted on the same port. */
class Managed {
  #child;

  constructor(command, args, env, isReady, cwd) {
    Object.assign(this, { command, args, env, isReady, cwd });
  }

  async start() {
    const { command, args, env, cwd } = this;
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    while (!(await this.isReady())) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
      await sleep(50);
    }
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Stops it with a signal. @returns its exit code, null if the signal killed it */
  async stop(signal = 'SIGTERM') {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    return (await exited)[0];
  }
}

/** The product; `origin` is where it serves. */
export async function createProduct(env, cwd) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const settings = { PORT: String(port), LOG_LEVEL: 'error', AUDIT_LOG: '/dev/null', ...env };
  const isReady = () =>
    fetch(`${origin}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  const product = new Managed(process.execPath, [MAIN], settings, isReady, cwd);
  return Object.assign(product, { origin });
}

/** A product with its own sample backups, whose REST API is at `upstreamOrigin`. */
export async function createStore(credentials, env = {}) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'backups-'));
  const dir = join(folder, 'data');
  const settings = {
    EMBEDDED_PORT: String(port),
    EMBEDDED_ACCESS_KEY_ID: credentials.JDCLOUD_ACCESS_KEY_ID,
    EMBEDDED_SECRET_ACCESS_KEY: credentials.JDCLOUD_SECRET_ACCESS_KEY,
    ...env,
  };
  const store = await createProduct(settings, folder);
  /** Adds a backup of one file without content. @returns its id */
  const addBackup = async (bytes) => {
    const id = 'cn-north-1/mysql-big/big';
    const files = join(dir, id, 'files');
    await mkdir(files, { recursive: true });
    await writeFile(join(dir, 'cn-north-1/mysql-big/instance.json'), '{"engine":"MySQL"}');
    await writeFile(join(files, 'set'), '');
    await truncate(join(files, 'set'), bytes);
    return id;
  };
  return Object.assign(store, { upstreamOrigin: `http://127.0.0.1:${port}`, addBackup });
}

export async function createRedis() {
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--loglevel',
    'warning',
  ];
  const redis = new Managed('redis-server', args, {}, async () => {
    await sleep(100);
    return true;
  });
  return Object.assign(redis, { url: `redis://127.0.0.1:${port}` });
}
