import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Gateway } from './gateway.js';

const CLI = fileURLToPath(new URL('../node_modules/.bin/hive-gateway', import.meta.url));
const CONFIG = fileURLToPath(new URL('hive-gateway.config.js', import.meta.url));

/**
 * Starts Hive Gateway in a process of its own.
 * @param port a free one: its log does not tell which it took for 0
 * @throws Error with its log when it does not come to listen
 */
export async function startHiveGateway(supergraph: string, port: number): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-gateway-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraph);
  const options = ['supergraph', file, '-c', CONFIG, '-h', '127.0.0.1', '-p', String(port)];
  const child = spawn(process.execPath, [CLI, ...options], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');

  const close = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  };
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      if (log.includes('Listening on')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      reject(new Error(`Hive Gateway did not start:\n${log}`));
    });
  });
  return { url: `http://127.0.0.1:${port}/graphql`, close };
}
