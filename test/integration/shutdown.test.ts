import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startApp } from '../../src/app/app.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { freePort } from '../helpers/free-port.js';
import { startProduct, startProductAt } from '../helpers/product.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';

/** Sends one request on its own connection at `when`; resolves with everything received. */
function exchange(origin: string, when: (socket: Socket) => Promise<unknown>): Promise<string> {
  const { port, hostname } = new URL(origin);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => {
      resolve(text);
    });
    void when(socket).then(() => {
      socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    });
  });
}

const connected = (socket: Socket) => new Promise((resolve) => socket.once('connect', resolve));

it('serves connections opened before it stops, even if not accepted yet', async () => {
  const product = await startProductAt('http://127.0.0.1:9');
  let closed: Promise<void> | undefined;
  const answers = Array.from({ length: 40 }, () =>
    exchange(product.origin, async (socket) => {
      await connected(socket);
      // After the first: the others are not accepted yet, one per turn of the event loop.
      closed ??= product.close();
    }),
  );
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
  }
  await closed;
});

describe('addresses that cannot be used', () => {
  const inUse = (name: string, port: string) =>
    `${name}: port ${port} of 127.0.0.1 is in use; stop the program that uses it, or set ${name} to another port`;

  it('are named together, with the settings to change', async () => {
    const upstream = await startScriptedUpstream();
    const [one, other] = await Promise.all([
      startProductAt(upstream.origin),
      startProductAt(upstream.origin),
    ]);
    const [PORT, EMBEDDED_PORT] = [new URL(one.origin).port, new URL(other.origin).port];
    await expect(startProduct({ PORT, EMBEDDED_PORT })).rejects.toThrow(
      [inUse('PORT', PORT), inUse('EMBEDDED_PORT', EMBEDDED_PORT)].join('\n  '),
    );
    await expect(startProductAt(upstream.origin, { PORT })).rejects.toThrow(inUse('PORT', PORT));
    await Promise.all([one, other, upstream].map((server) => server.close()));
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
