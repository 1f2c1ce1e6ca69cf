import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { AuditError, type AuditLog, createAuditLog } from '../../../src/audit/audit-log.js';
import type { LinkDownloadEvent } from '../../../src/audit/audit-record.js';
import { createLineWriter } from '../../../src/telemetry/line-writer.js';
import { createLogger } from '../../../src/telemetry/logger.js';

const event = (fileName: string): LinkDownloadEvent => ({
  event: 'link.download',
  linkId: '0123456789abcdef',
  backupId: 'cn-north-1/mysql-1/b-1',
  fileName,
  bytes: 1,
  status: 200,
  clientAddress: '127.0.0.1',
});

/** A writer to a target whose writes end when the test says so. */
function scriptedWriter(maxWaiting?: number) {
  const writes: { lines: string; end: (error?: Error) => void }[] = [];
  let isClosed = false;
  const target = {
    write: (bytes: Buffer) =>
      new Promise<number>((resolve, reject) => {
        writes.push({
          lines: bytes.toString(),
          end: (error) => {
            if (error) reject(error);
            else resolve(bytes.length);
          },
        });
      }),
    close: () => Promise.resolve(void (isClosed = true)),
  };
  const writer = createLineWriter({ target, ...(maxWaiting !== undefined && { maxWaiting }) });
  return { writer, writes, isClosed: () => isClosed };
}

/** Lets the turn end, and a write begin that waited for that. */
const turn = async () => {
  for (let i = 0; i < 3; i += 1) await setImmediate();
};
const namesIn = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).fileName);

let scripted: ReturnType<typeof scriptedWriter>;
let log: string[];
let audit: AuditLog;

beforeEach(() => {
  log = [];
  scripted = scriptedWriter();
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  audit = createAuditLog({ writer: scripted.writer, logger });
});

describe('a record', () => {
  it('has its own time, even when written together with others', async () => {
    let ms = Date.parse('2026-11-25T10:00:00.001Z');
    const logger = createLogger('info', { write: () => undefined });
    const timed = createAuditLog({ writer: scripted.writer, logger, now: () => new Date(ms) });
    const records = [timed.record(event('a')), timed.record(event('b'))];
    ms += 1;
    records.push(timed.record(event('c')));
    await turn();
    scripted.writes[0]!.end();
    await Promise.all(records);
    const times = scripted.writes[0]!.lines.match(/(?<="time":")[^"]+/g);
    expect(times).toEqual([
      '2026-11-25T10:00:00.001Z',
      '2026-11-25T10:00:00.001Z',
      '2026-11-25T10:00:00.002Z',
    ]);
  });

  it('counts as written only after its write ends', async () => {
    let isWritten = false;
    const written = audit.record(event('a')).then(() => (isWritten = true));
    await turn();
    expect(scripted.writes).toHaveLength(1);
    expect(isWritten).toBe(false);
    scripted.writes[0]!.end();
    await written;
    expect(isWritten).toBe(true);
  });
});

it('records that cannot be written all fail, and are logged once at the start and once at the end', async () => {
  for (let i = 0; i < 3; i += 1) {
    const failed = audit.record(event('a'));
    await turn();
    scripted.writes.at(-1)!.end(new Error('ENOSPC'));
    await expect(failed).rejects.toThrow(AuditError);
  }
  for (let i = 0; i < 2; i += 1) {
    const written = audit.record(event('b'));
    await turn();
    scripted.writes.at(-1)!.end();
    await written;
  }
  expect(log.map((line) => JSON.parse(line).msg)).toEqual([
    'audit records cannot be written; no links are issued',
    'audit log is writable again',
  ]);
});

describe('a hanging write', () => {
  const stalledLog = (maxWriteMs: number) => {
    const failed: number[] = [];
    const logger = createLogger('info', { write: (line) => void log.push(line) });
    const onFailed = (records: number) => void failed.push(records);
    audit = createAuditLog({ writer: scripted.writer, logger, onFailed, maxWriteMs });
    return failed;
  };
  const messages = () => log.map((line) => JSON.parse(line).msg);

  it('fails its records and queued ones in time, and later ones immediately, each counted once', async () => {
    const failed = stalledLog(10);
    const first = expect(audit.record(event('a'))).rejects.toThrow(AuditError);
    await turn();
    const second = expect(audit.record(event('b'))).rejects.toThrow(AuditError);
    await Promise.all([first, second]);
    expect(audit.isWritable()).toBe(false);
    await expect(audit.record(event('c'))).rejects.toThrow(AuditError);
    expect(scripted.writes).toHaveLength(1);
    scripted.writes[0]!.end(new Error('EIO'));
    await turn();
    expect(failed).toEqual([1, 1, 1]);
    expect(messages()).toEqual(['audit records cannot be written; no links are issued']);
  });

  it('allows records again once it ends', async () => {
    stalledLog(10);
    await expect(audit.record(event('a'))).rejects.toThrow(AuditError);
    scripted.writes[0]!.end();
    await turn();
    expect(audit.isWritable()).toBe(true);
    const written = audit.record(event('b'));
    await turn();
    expect(namesIn(scripted.writes[1]!.lines)).toEqual(['b']);
    scripted.writes[1]!.end();
    await written;
    expect(messages()).toEqual([
      'audit records cannot be written; no links are issued',
      'audit log is writable again',
    ]);
  });
});

it('queued records are bounded: further ones fail immediately, counted, and logged once', async () => {
  scripted = scriptedWriter(450);
  const failed: number[] = [];
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  const onFailed = (records: number) => void failed.push(records);
  audit = createAuditLog({ writer: scripted.writer, logger, onFailed });
  const record = (name: string) =>
    audit.record(event(name)).then(
      () => 'written',
      () => 'failed',
    );
  const all = [record('first')];
  await turn();
  all.push(...['a', 'b', 'c', 'd'].map(record));
  await turn();
  scripted.writes[0]!.end();
  await turn();
  scripted.writes[1]!.end();
  expect(await Promise.all(all)).toEqual(['written', 'written', 'failed', 'failed', 'failed']);
  expect(namesIn(scripted.writes[1]!.lines)).toEqual(['a']);
  expect(failed).toEqual([1, 1, 1]);
  expect(log.map((line) => JSON.parse(line))).toMatchObject([
    {
      msg: 'audit records cannot be written; no links are issued',
      error: { message: 'too much is pending' },
    },
    { msg: 'audit log is writable again' },
  ]);
});

it('the writable state is tested with an empty write after a failure', async () => {
  expect(audit.isWritable()).toBe(true);
  const failed = audit.record(event('a'));
  await turn();
  scripted.writes[0]!.end(new Error('ENOSPC'));
  await expect(failed).rejects.toThrow(AuditError);
  expect(audit.isWritable()).toBe(false);
  await turn();
  // A byte, since a full disk accepts none.
  expect(scripted.writes[1]!.lines).toBe('\n');
  scripted.writes[1]!.end(new Error('ENOSPC'));
  await turn();
  expect(audit.isWritable()).toBe(false);
  expect(audit.isWritable()).toBe(false);
  await turn();
  expect(scripted.writes).toHaveLength(3);
  scripted.writes[2]!.end();
  await turn();
  expect(audit.isWritable()).toBe(true);
  await turn();
  expect(scripted.writes).toHaveLength(3);
});

it('closing waits for pending records', async () => {
  const records = [audit.record(event('a'))];
  await turn();
  records.push(audit.record(event('b')));
  const closed = audit.close();
  await turn();
  expect(scripted.isClosed()).toBe(false);
  scripted.writes[0]!.end();
  await turn();
  scripted.writes[1]!.end();
  await Promise.all([...records, closed]);
  expect(scripted.isClosed()).toBe(true);
});
