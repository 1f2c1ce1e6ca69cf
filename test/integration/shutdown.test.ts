import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startApp } from '../../src/app/app.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { freePort } from '../helpers/free-port.js';
import { openConnection } from '../helpers/open-connection.js';
import { startProduct, startProductAt } from '../helpers/product.js';

it('serves connections opened before it stops, even if not accepted yet', async () => {
  const product = await startProductAt('http://127.0.0.1:9');
  let closed: Promise<void> | undefined;
  const answers = Array.from({ length: 40 }, async () => {
    const connection = await openConnection(product.origin);
    // After the first: the others are not accepted yet, one per turn of the event loop.
    closed ??= product.close();
    connection.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    return connection.closed;
  });
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
  }
  await closed;
});

describe('addresses that cannot be used', () => {
  const inUse = (name: string, port: string) =>
    `${name}: port ${port} of 127.0.0.1 is in use; stop the program that uses it, or set ${name} to another port`;

  it('are named together, with the settings to change', async () => {
    const upstream = 'http://127.0.0.1:9';
    const [one, other] = [await startProductAt(upstream), await startProductAt(upstream)];
    const [PORT, EMBEDDED_PORT] = [new URL(one.origin).port, new URL(other.origin).port];
    await expect(startProduct({ PORT, EMBEDDED_PORT })).rejects.toThrow(
      [inUse('PORT', PORT), inUse('EMBEDDED_PORT', EMBEDDED_PORT)].join('\n  '),
    );
    await expect(startProductAt(upstream, { PORT })).rejects.toThrow(inUse('PORT', PORT));
  });

  it.each(['192.0.2.1', 'no-such-host.invalid'])('are blamed on HOST: %s', async (HOST) => {
    const ports = { PORT: await freePort(), EMBEDDED_PORT: await freePort() };
    const env = { PORT: String(ports.PORT), EMBEDDED_PORT: String(ports.EMBEDDED_PORT) };
    await expect(startProduct({ ...env, HOST })).rejects.toThrow(
      new RegExp(
        `^HOST: ${HOST} is no address of this machine \\(\\w+\\); 0.0.0.0 stands for all of them$`,
      ),
    );
  });
});

it('closes started components if startup fails', async () => {
  const folder = temporaryFolder();
  const env = {
    PORT: '0',
    EMBEDDED_DIR: await sampleBelow(folder),
    EMBEDDED_PORT: String(await freePort()),
  };
  // The page is read after the embedded upstream listens; a folder in its place cannot be.
  await mkdir(join(folder, 'index.html'));
  const { config } = await loadConfig(env);
  const auditWriter = {
    write: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const host = { logger: createLogger('silent'), auditWriter, explorerDir: folder };
  await expect(startApp(config, host)).rejects.toThrow('EISDIR');
  // The port of the embedded upstream is free again.
  await (await startProduct(env)).close();
});
