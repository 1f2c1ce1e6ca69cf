import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { serviceAt } from '../helpers/service.js';
import { listening, temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { SHIPPED } from '../helpers/product-process.js';
import { toAuditRows } from '../helpers/product.js';

/** On SIGUSR2: many lines with characters of three and four bytes, then perhaps a fault. */
const LINES = 1000;
const MANY_LINES = `process.on('SIGUSR2', () => {
  for (let i = 0; i < ${LINES}; i += 1) process.emitWarning('line ' + i + ' 订单库😀'.repeat(i % 90));
  if (process.env.ENDS === 'fault') setImmediate(() => setImmediate(() => { throw new Error('boom'); }));
});`;
/** Bytes read at once, as by a slow reader. */
const PIECE = 4096;

let folder: string;
let reader: FileHandle;
let child: ChildProcess;
let exited: Promise<number | null>;
let pieces: Buffer[] = [];
let errors = '';

beforeEach(async () => {
  [pieces, errors] = [[], ''];
  folder = temporaryFolder();
  execFileSync('mkfifo', [`${folder}/stdout`]);
  reader = await open(`${folder}/stdout`, constants.O_RDWR | constants.O_NONBLOCK);
});

afterEach(async () => {
  child.kill('SIGKILL');
  await exited;
  await reader.close();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  const stdout = await open(`${folder}/stdout`, 'w');
  const hook = `data:text/javascript,${encodeURIComponent(MANY_LINES)}`;
  child = spawn(process.execPath, ['--import', hook, SHIPPED.main], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      EMBEDDED_PORT: '0',
      EMBEDDED_DIR: await sampleBelow(folder),
      AUDIT_LOG: `${folder}/audit.log`,
      ...env,
    },
    stdio: ['ignore', stdout.fd, 'pipe'],
  });
  exited = once(child, 'close').then(([code]) => code as number | null);
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await stdout.close();
}

/** Reads piece by piece until `pattern` has come. */
async function readUntil(pattern: RegExp): Promise<void> {
  const buffer = Buffer.alloc(PIECE);
  let last = '';
  while (!pattern.test(last)) {
    const { bytesRead } = await reader.read(buffer, 0, PIECE).catch(() => ({ bytesRead: 0 }));
    const piece = Buffer.from(buffer.subarray(0, bytesRead));
    pieces.push(piece);
    last = (last + piece.toString('latin1')).slice(-2 * PIECE);
    await turn();
  }
}

const written = () => Buffer.concat(pieces).toString();

const messages = () => {
  const lines = written().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as { msg: string; error?: { message: string } });
};

/** The numbers of the many lines, each whole. */
const numbers = () =>
  messages().flatMap(({ error }) => {
    const [, number, rest] = /^line (\d+)(.*)$/.exec(error?.message ?? '') ?? [];
    if (number === undefined) return [];
    expect(' 订单库😀'.repeat(Number(number) % 90).startsWith((rest ?? '').replace('…', ''))).toBe(
      true,
    );
    return [Number(number)];
  });

const ALL = Array.from({ length: LINES }, (_, index) => index);

const service = () => serviceAt(/"graphql":"(http:[^"]+)\/graphql"/.exec(written())?.[1] ?? '');

async function askForLink(): Promise<boolean> {
  const id = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
  const query = `{ backup(id: "${id}") { downloadURL(fileName: "shop.bak") { ... on DownloadLink { available } } } }`;
  const { data } = await service().query(query);
  return data.backup.downloadURL?.available === true;
}

const readiness = async () => (await fetch(`${service().origin}/health/ready`)).status;

/** Fills what is left in the pipe, so that nothing more goes in. */
async function fill(): Promise<void> {
  const dust = Buffer.alloc(PIECE, '\n');
  for (let size = dust.length; size > 0;) {
    await reader.write(dust, 0, size).catch(() => (size = Math.floor(size / 2)));
  }
}

describe('unread standard output', () => {
  it('holds up neither links nor the stop, and SIGHUP ends nothing', async () => {
    await start();
    await readUntil(/"ready"\}\n/);
    await fill();
    child.kill('SIGHUP');
    child.kill('SIGHUP');
    for (let i = 0; i < 20; i += 1) expect(await askForLink()).toBe(true);
    expect(await readiness()).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('keeps links back where their records go there, in time, and lets them out again once it is read', async () => {
    await start({ AUDIT_LOG: 'stdout', UPSTREAM_TIMEOUT_MS: '2000' });
    await readUntil(/"ready"\}\n/);
    child.kill('SIGHUP');
    expect(await askForLink()).toBe(true);
    await fill();
    const asked = performance.now();
    expect(await askForLink()).toBe(false);
    // The record may take half of UPSTREAM_TIMEOUT_MS; without a bound the answer never came.
    expect(performance.now() - asked).toBeGreaterThan(900);
    expect(await askForLink()).toBe(false);
    expect(await readiness()).toBe(503);
    await readUntil(/audit log is writable again"\}\n/);
    expect(await readiness()).toBe(200);
    expect(await askForLink()).toBe(true);
    // Log and records share the stream line by line.
    const lines = written().split('\n').slice(0, -1);
    expect(lines.filter((line) => line !== '' && !/^\{.*\}$/.test(line))).toEqual([]);
  });

  it('does not hold up the stop where records wait for it either', async () => {
    await start({ AUDIT_LOG: 'stdout', SHUTDOWN_GRACE_MS: '100' });
    await readUntil(/"ready"\}\n/);
    await fill();
    const asking = askForLink().catch(() => false);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(await asking).toBe(false);
  });
});

describe('with a slow reader, every line arrives whole, in order and once', () => {
  it('at SIGTERM', async () => {
    await start();
    await readUntil(/"ready"\}\n/);
    child.kill('SIGUSR2');
    await readUntil(/"line 10 /);
    child.kill('SIGTERM');
    await readUntil(/"stopped"\}\n$/);
    expect(await exited).toBe(0);
    expect(numbers()).toEqual(ALL);
    // The first reading of the folder may still end in between.
    const last = messages().map(({ msg }) => msg);
    expect(last.filter((msg) => msg !== 'read the backups').slice(-2)).toEqual([
      'stopping',
      'stopped',
    ]);
    expect(errors).toBe('');
  });

  it('at an uncaught exception', async () => {
    await start({ ENDS: 'fault' });
    await readUntil(/"ready"\}\n/);
    child.kill('SIGUSR2');
    await readUntil(/"fault"\}\n$/);
    expect(await exited).toBe(1);
    expect(numbers()).toEqual(ALL);
    expect(messages().at(-1)).toMatchObject({ msg: 'fault', error: { message: 'boom' } });
    expect(errors).toBe('');
  });
});

it('a fault at the start is one line, after those of the log', async () => {
  const { port } = await listening(createServer());
  await start({ PORT: String(port) });
  expect(await exited).toBe(1);
  expect(errors).toBe(
    `Could not start: PORT: port ${port} of 127.0.0.1 is in use; stop the program that uses it, or set PORT to another port\n`,
  );
});

it('says once on standard error that the reader has closed, and how many lines it missed', async () => {
  await start();
  await readUntil(/"ready"\}\n/);
  await reader.close();
  for (let i = 0; i < 3; i += 1) expect(await askForLink()).toBe(true);
  expect(await service().metrics()).toMatch(/^backup_graphql_log_lines_dropped_total [1-9]/m);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  reader = await open(`${folder}/audit.log`);
  const [begins, ends, ...more] = errors
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(begins).toMatchObject({
    error: { code: 'EPIPE' },
    msg: 'standard output does not accept log lines; dropping them',
  });
  expect(ends.msg).toBe('log lines dropped');
  // Three operations, "stopping" and "stopped".
  expect(ends.lines).toBeGreaterThanOrEqual(5);
  expect(more).toEqual([]);
  expect(toAuditRows(await readFile(`${folder}/audit.log`, 'utf8'))).toHaveLength(3);
});

it('has the record of each answered link on its way before SIGKILL', async () => {
  await start();
  await readUntil(/"ready"\}\n/);
  expect(await askForLink()).toBe(true);
  // Without another line or request behind it.
  await readUntil(/"operation"\}\n/);
  for (let i = 0; i < 5; i += 1) expect(await askForLink()).toBe(true);
  child.kill('SIGKILL');
  await exited;
  const rows = toAuditRows(await readFile(`${folder}/audit.log`, 'utf8'));
  expect(rows.map(({ outcome }) => outcome)).toEqual(Array(6).fill('GRANTED'));
});
