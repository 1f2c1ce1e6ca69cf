import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BackupLinkDocument } from '../generated/operations.js';
import { serviceAt } from '../helpers/service.js';
import { temporaryFolder } from '../helpers/closing.js';
import { freePort } from '../helpers/free-port.js';
import { SHIPPED } from '../helpers/product-process.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { until } from '../helpers/until.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

let folder: string;
let child: ChildProcess;
let origin: string;
let exited: Promise<number | null>;
let fifo: string;
let reader: FileHandle;

const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });

beforeEach(async () => {
  upstream.handle(
    'describeBackupDownloadURL',
    ok({ publicURL: 'https://oss.example/k', internalURL: '' }),
  );
  folder = temporaryFolder();
  fifo = `${folder}/stdout`;
  await promisify(execFile)('mkfifo', [fifo]);
  reader = await open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
});

afterEach(async () => {
  child.kill('SIGKILL');
  await exited;
  await reader.close().catch(() => undefined);
});

/** Starts it with a standard output of its own, and waits until it answers. */
async function start(stdout: number | 'pipe', env: Record<string, string> = {}): Promise<void> {
  const port = await freePort();
  child = spawn(process.execPath, [SHIPPED.main], {
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      UPSTREAM: 'jdcloud',
      JDCLOUD_ENDPOINT: upstream.origin,
      JDCLOUD_ACCESS_KEY_ID: 'JDC_TESTKEY',
      JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
      LINK_REUSE: '0',
      UPSTREAM_MAX_PER_MINUTE: '100000',
      UPSTREAM_TIMEOUT_MS: '2000',
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '2000',
      AUDIT_LOG: `${folder}/audit.log`,
      ...env,
    },
    stdio: ['ignore', stdout, 'ignore'],
  });
  exited = once(child, 'exit').then(([code]) => code as number | null);
  origin = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}`);
    const answer = await fetch(`${origin}/health/live`).catch(() => null);
    return answer?.status === 200;
  });
}

async function askForLink(): Promise<boolean> {
  const variables = { id: `${REGION}/${SQL_INSTANCE}/b-1`, fileName: 'shop.bak' };
  const { data } = await serviceAt(origin).query(BackupLinkDocument, variables);
  return data.backup?.downloadURL?.available === true;
}

const readiness = async () => (await fetch(`${origin}/health/ready`)).status;

/** Fills what is left in the pipe, so that nothing more goes in. */
async function fill(): Promise<void> {
  const dust = Buffer.alloc(4096, '\n');
  for (let size = dust.length; size > 0;) {
    await reader.write(dust, 0, size).catch(() => (size = Math.floor(size / 2)));
  }
}

/** Reads until `pattern` has come. */
async function readUntil(pattern: RegExp): Promise<string> {
  let text = '';
  const buffer = Buffer.alloc(65_536);
  await until(async () => {
    const { bytesRead } = await reader.read(buffer).catch(() => ({ bytesRead: 0 }));
    text += buffer.toString('utf8', 0, bytesRead);
    return pattern.test(text);
  });
  return text;
}

describe('unread standard output', () => {
  it('holds up neither links nor the stop, and SIGHUP ends nothing', async () => {
    const handle = await open(fifo, 'w');
    await start(handle.fd);
    await handle.close();
    await fill();
    child.kill('SIGHUP');
    child.kill('SIGHUP');
    for (let i = 0; i < 20; i += 1) expect(await askForLink()).toBe(true);
    expect(await readiness()).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('keeps links back where their records go there, in time, and lets them out again once it is read', async () => {
    const handle = await open(fifo, 'w');
    await start(handle.fd, { AUDIT_LOG: 'stdout' });
    await handle.close();
    child.kill('SIGHUP');
    expect(await askForLink()).toBe(true);
    await fill();
    const asked = performance.now();
    expect(await askForLink()).toBe(false);
    // The record may take half of UPSTREAM_TIMEOUT_MS; without a bound the answer never came.
    expect(performance.now() - asked).toBeGreaterThan(900);
    expect(await askForLink()).toBe(false);
    expect(await readiness()).toBe(503);
    const text = await readUntil(/audit log is writable again/);
    expect(await readiness()).toBe(200);
    expect(await askForLink()).toBe(true);
    // Log and records share the stream line by line.
    const lines = text.split('\n').slice(0, -1);
    expect(lines.filter((line) => line !== '' && !/^\{.*\}$/.test(line))).toEqual([]);
  });

  it('does not hold up the stop where records wait for it either', async () => {
    const handle = await open(fifo, 'w');
    await start(handle.fd, { AUDIT_LOG: 'stdout', SHUTDOWN_GRACE_MS: '100' });
    await handle.close();
    await fill();
    const asking = askForLink().catch(() => false);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(await asking).toBe(false);
  });
});
