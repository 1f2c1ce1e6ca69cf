import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { BackupLinkDocument } from '../generated/operations.js';
import { serviceAt } from '../helpers/service.js';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { openConnection } from '../helpers/open-connection.js';
import { startProductAt, type Product } from '../helpers/product.js';
import { cloudAt, startProcess } from '../helpers/product-process.js';
import { ok, type Reply } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const LINK = ok({ publicURL: 'https://oss.example/k', internalURL: '' });

const folder = temporaryFolder();
const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });

const startCloudProcess = (env: Record<string, string> = {}, nodeOptions: readonly string[] = []) =>
  startProcess({ ...cloudAt(upstream.origin), LINK_REUSE: '0', ...env }, nodeOptions);

function askForLink(origin: string) {
  const variables = { id: `${REGION}/${SQL_INSTANCE}/b-1`, fileName: 'shop.bak' };
  return serviceAt(origin).query(BackupLinkDocument, variables);
}

/** The upstream holds the next link back until `release`; `asked` resolves once it is requested. */
function holdLink(): { asked: Promise<void>; release: () => void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const asked = new Promise<void>((resolve) => {
    upstream.handle('describeBackupDownloadURL', async (): Promise<Reply> => {
      resolve();
      await released;
      return LINK;
    });
  });
  return { asked, release };
}

describe('SIGTERM', () => {
  it('ends an idle process without waiting for open connections', async () => {
    // Waiting would exceed the timeout of the test.
    const process = await startProcess({
      EMBEDDED_DIR: await sampleBelow(folder),
      KEEP_ALIVE_TIMEOUT_MS: '600000',
      SHUTDOWN_GRACE_MS: '600000',
    });
    await openConnection(process.origin);
    await fetch(`${process.origin}/health/ready`);
    process.kill('SIGTERM');
    expect(await process.exited).toBe(0);
  });

  it('first turns readiness off, then refuses connections, and completes a query in progress', async () => {
    const process = await startCloudProcess({ DRAIN_DELAY_MS: '300' });
    const { asked, release } = holdLink();
    const answer = askForLink(process.origin);
    await asked;
    // Both at once, as of a terminal and a supervisor, are one signal.
    process.kill('SIGINT');
    process.kill('SIGTERM');

    let ready: Response;
    do ready = await fetch(`${process.origin}/health/ready`);
    while (ready.status === 200);
    expect([ready.status, ready.headers.get('connection'), await ready.json()]).toEqual([
      503,
      'close',
      { status: 'draining' },
    ]);
    // Still served, since a load balancer may not have noticed yet.
    const live = await fetch(`${process.origin}/health/live`);
    expect([live.status, live.headers.get('connection')]).toEqual([200, 'close']);

    await refusesConnections(process.origin);
    release();
    const { status } = await answer;
    expect(status).toBe(200);
    expect(await process.exited).toBe(0);
  });

  it('waits for a query no longer than SHUTDOWN_GRACE_MS', async () => {
    const process = await startCloudProcess({ SHUTDOWN_GRACE_MS: '200' });
    const { asked, release } = holdLink();
    const answer = askForLink(process.origin).catch((error: unknown) => error);
    await asked;
    process.kill('SIGTERM');
    // The query itself ends only once it is released.
    expect(await process.exited).toBe(0);
    expect(await answer).toMatchObject({ message: 'fetch failed' });
    release();
  });

  it('stops immediately when repeated', async () => {
    const process = await startCloudProcess({ DRAIN_DELAY_MS: '60000' });
    process.kill('SIGTERM');
    let status = 200;
    while (status === 200) ({ status } = await fetch(`${process.origin}/health/ready`));
    // Repeated signals of the first half second count as one.
    const again = setInterval(() => {
      process.kill('SIGTERM');
    }, 50);
    expect(await process.exited).toBe(1);
    clearInterval(again);
  });
});

it('logs an unexpected error without secrets and exits with 1', async () => {
  const module = `${folder}/fault.mjs`;
  await writeFile(
    module,
    `const oops = new Error('first line\\n    at https://oss.example/k?Signature=LINKSIG');
     process.once('SIGUSR2', () => { Promise.reject(oops); });`,
  );
  const process = await startCloudProcess({}, ['--import', pathToFileURL(module).href]);
  process.kill('SIGUSR2');
  expect(await process.exited).toBe(1);
  const line = process.output().trimEnd().split('\n').at(-1)!;
  expect(JSON.parse(line)).toMatchObject({
    level: 60,
    msg: 'fault',
    error: { message: 'first line\n    at https://oss.example/k?[redacted]' },
  });
  expect(process.output()).not.toContain('LINKSIG');
});

describe('idle connections', () => {
  const keepAliveOf = async ({ origin }: Product) =>
    (await fetch(`${origin}/health/live`)).headers.get('keep-alive');

  it('outlive those of a load balancer', async () => {
    expect(await keepAliveOf(await startProductAt(upstream.origin))).toBe('timeout=65');
  });

  it('last for KEEP_ALIVE_TIMEOUT_MS, whatever the request timeout', async () => {
    const env = { REQUEST_TIMEOUT_MS: '500', KEEP_ALIVE_TIMEOUT_MS: '30000' };
    const product = await startProductAt(upstream.origin, env);
    const connection = await openConnection(product.origin);
    const request = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n';
    connection.write(request);
    await connection.has('"status":"ok"');
    for (let timeouts = 0; timeouts < 2; timeouts += 1) {
      const unfinished = await openConnection(product.origin);
      unfinished.write('GET /health/live HTTP/1.1\r\n');
      await unfinished.has('HTTP/1.1 408');
    }
    connection.write(request.replace('/health/live', '/nothing'));
    await connection.has('HTTP/1.1 404');
  });
});

it('health and metrics make no upstream call', async () => {
  const product = await startProductAt(upstream.origin);
  upstream.reset();
  for (const path of ['/health/live', '/health/ready', '/metrics']) {
    expect((await fetch(`${product.origin}${path}`)).status).toBe(200);
  }
  expect(upstream.counts()).toEqual({});
});

async function refusesConnections(origin: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${origin}/health/live`);
    } catch {
      return;
    }
  }
}
