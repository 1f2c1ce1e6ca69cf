import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BackupLinkDocument } from '../generated/operations.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProduct, startProductAt } from '../helpers/product.js';
import { ok, type Reply } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

it('completes a query in progress, closes idle connections and refuses new ones', async () => {
  const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });
  const product = await startProductAt(upstream.origin);
  const { port, hostname } = new URL(product.origin);
  const idle = connect(Number(port), hostname);
  const idleClosed = new Promise((resolve) => idle.once('close', resolve));

  let release: () => void = () => undefined;
  const asked = new Promise<void>((arrived) => {
    upstream.handle('describeBackupDownloadURL', async (): Promise<Reply> => {
      arrived();
      await new Promise<void>((resolve) => (release = resolve));
      return ok({ publicURL: 'https://oss.example/k', internalURL: '' });
    });
  });
  const answer = product.query(BackupLinkDocument, {
    id: `${REGION}/${SQL_INSTANCE}/b-1`,
    fileName: 'shop.bak',
  });
  await asked;

  const closed = product.close();
  await idleClosed;
  await expect(fetch(`${product.origin}/health/live`)).rejects.toThrow('fetch failed');
  release();
  const { status, data } = await answer;
  expect({ status, available: data.backup?.downloadURL?.available }).toEqual({
    status: 200,
    available: true,
  });
  await closed;
  await upstream.close();
});

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

it('stops at once when idle, with or without keep-alive connections', async () => {
  const upstream = await startScriptedUpstream();
  // Waiting would exceed the timeout of the test.
  const product = await startProductAt(upstream.origin, {
    KEEP_ALIVE_TIMEOUT_MS: '600000',
    SHUTDOWN_GRACE_MS: '600000',
  });
  await product.query('{ __typename }');
  await product.close();
  await upstream.close();
});

it('names the unavailable port', async () => {
  const upstream = await startScriptedUpstream();
  const product = await startProductAt(upstream.origin);
  const { port } = new URL(product.origin);
  await expect(startProductAt(upstream.origin, { PORT: port })).rejects.toThrow(
    `cannot listen on HOST 127.0.0.1, PORT ${port}: EADDRINUSE`,
  );
  await product.close();
  await upstream.close();
});

it('closes started components if startup fails', async () => {
  const taken = await startProductAt('http://127.0.0.1:9');
  const { port } = new URL(taken.origin);
  const folder = await mkdtemp(join(tmpdir(), 'shutdown-'));
  const free = await startScriptedUpstream();
  const embeddedPort = new URL(free.origin).port;
  await free.close();
  const env = { EMBEDDED_DIR: await sampleBelow(folder), EMBEDDED_PORT: embeddedPort };
  await expect(startProduct({ ...env, PORT: port })).rejects.toThrow('EADDRINUSE');
  await taken.close();
  // The port of the embedded upstream is free again.
  await (await startProduct(env)).close();
  await rm(folder, { recursive: true });
});
