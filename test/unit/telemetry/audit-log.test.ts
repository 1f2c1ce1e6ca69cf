import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { AuditError, type AuditLog, createAuditLog } from '../../../src/telemetry/audit-log.js';
import type { LinkDownloadEvent } from '../../../src/telemetry/audit-record.js';
import type { AuditSink } from '../../../src/telemetry/audit-sink.js';
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

/** A sink whose writes end when the test says so. */
function scriptedSink() {
  const writes: { lines: string; end: (error?: Error) => void }[] = [];
  let isClosed = false;
  const sink: AuditSink = {
    write: (lines) =>
      new Promise((resolve, reject) => {
        writes.push({
          lines,
          end: (error) => {
            if (error) reject(error);
            else resolve();
          },
        });
      }),
    reopen: () => undefined,
    close: () => Promise.resolve(void (isClosed = true)),
  };
  return { sink, writes, isClosed: () => isClosed };
}

/** Lets the turn end, and a write begin that waited for that. */
const turn = async () => {
  await setImmediate();
  await setImmediate();
};
const namesIn = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).fileName);

let scripted: ReturnType<typeof scriptedSink>;
let log: string[];
let audit: AuditLog;

beforeEach(() => {
  log = [];
  scripted = scriptedSink();
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  audit = createAuditLog({ sink: scripted.sink, logger });
});

describe('a record', () => {
  it('has the time it was made, also beside others of the same write', async () => {
    let ms = Date.parse('2026-11-25T10:00:00.001Z');
    const logger = createLogger('info', { write: () => undefined });
    const timed = createAuditLog({ sink: scripted.sink, logger, now: () => new Date(ms) });
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

  it('counts as written when its write has ended, not before', async () => {
    let isWritten = false;
    const written = audit.record(event('a')).then(() => (isWritten = true));
    await turn();
    expect(scripted.writes).toHaveLength(1);
    expect(isWritten).toBe(false);
    scripted.writes[0]!.end();
    await written;
    expect(isWritten).toBe(true);
  });

  it('goes out with all that came in the same turn of the event loop, in order', async () => {
    const first = audit.record(event('a'));
    // As answers of the upstream come: each in a task of its own.
    await Promise.resolve();
    process.nextTick(() => void audit.record(event('c')));
    const second = audit.record(event('b'));
    await turn();
    expect(scripted.writes.map(({ lines }) => namesIn(lines))).toEqual([['a', 'b', 'c']]);
    scripted.writes[0]!.end();
    await Promise.all([first, second]);
  });

  it('goes out with all that came while another was being written, in order', async () => {
    const all = [audit.record(event('a'))];
    await turn();
    all.push(audit.record(event('b')), audit.record(event('c')));
    await turn();
    expect(scripted.writes).toHaveLength(1);
    scripted.writes[0]!.end();
    await turn();
    expect(scripted.writes.map(({ lines }) => namesIn(lines))).toEqual([['a'], ['b', 'c']]);
    scripted.writes[1]!.end();
    await Promise.all(all);
  });
});

describe('records that cannot be written', () => {
  it('fail each, are logged once, and once more when it is over', async () => {
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
      'audit records cannot be written: no links',
      'audit records are written again',
    ]);
  });
});

describe('closing', () => {
  it('waits for the records under way', async () => {
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
});
