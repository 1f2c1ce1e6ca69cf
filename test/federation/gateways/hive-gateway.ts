import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../child.js';
import type { Gateway } from './gateway.js';

const CLI = fileURLToPath(new URL('../node_modules/.bin/hive-gateway', import.meta.url));
const CONFIG = fileURLToPath(new URL('hive-gateway.config.js', import.meta.url));

/**
 * Starts Hive Gateway in its own process.
 * @param port a free port: its log does not report the port chosen for 0
 * @throws Error with its log if it does not start listening
 */
export async function startHiveGateway(supergraph: string, port: number): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-gateway-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraph);
  const options = ['supergraph', file, '-c', CONFIG, '-h', '127.0.0.1', '-p', String(port)];
  try {
    const child = await startChild([CLI, ...options], { NO_COLOR: '1' }, 'Listening on');
    const close = async (): Promise<void> => {
      await child.close();
      await rm(folder, { recursive: true });
    };
    return { url: `http://127.0.0.1:${port}/graphql`, close };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}
