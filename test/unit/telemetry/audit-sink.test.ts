import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openAuditFile } from '../../../src/telemetry/audit-file.js';
import { type AuditSink, streamSink } from '../../../src/telemetry/audit-sink.js';
import { openAuditSink } from '../../../src/telemetry/open-audit-sink.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { lookFromThread } from '../../../src/telemetry/look-at-file.js';
import { createOutput } from '../../../src/telemetry/output.js';

describe('a file', () => {
  let dir: string;
  let path: string;
  let sink: AuditSink;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
    path = join(dir, 'audit.log');
  });

  afterEach(async () => {
    await sink.close();
    await rm(dir, { recursive: true });
  });

  const openSink = async () => (sink = await openAuditSink({ log: { kind: 'file', path } }));

  it('is created for its owner alone, and appended to', async () => {
    await openSink();
    await sink.write('one\n');
    await sink.close();
    await openSink();
    await sink.write('two\n');
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is reopened after it was moved', async () => {
    await openSink();
    await sink.write('one\n');
    await rename(path, `${path}.1`);
    await sink.write('two\n');
    sink.reopen();
    await sink.write('three\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\ntwo\n');
    expect(await readFile(path, 'utf8')).toBe('three\n');
  });

  it('that is full fails each write, until there is room again', async () => {
    await symlink('/dev/full', path);
    await openSink();
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await unlink(path);
    await sink.write('kept\n');
    await sink.write('kept\n');
    // The empty line ends whatever part of a lost one may stand there.
    expect(await readFile(path, 'utf8')).toBe('\nkept\nkept\n');
  });

  it('that cannot be opened is reported by its setting', async () => {
    await openSink();
    const opened = openAuditSink({ log: { kind: 'file', path: join(dir, 'none', 'audit.log') } });
    await expect(opened).rejects.toThrow('AUDIT_LOG: cannot open: ENOENT');
  });
});

describe.each([
  ['as its file system is looked at', undefined],
  ['as one on a network is looked at', lookFromThread],
])('a file that is replaced under the process, %s', (_how, look) => {
  let dir: string;
  let path: string;
  let log: string[];
  let sink: AuditSink;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
    path = join(dir, 'logs', 'audit.log');
    await mkdir(dirname(path));
    log = [];
    const onReplaced = () => void log.push('replaced');
    sink = await openAuditFile({ path, onReplaced, ...(look && { look }) });
    await sink.write('one\n');
  });

  afterEach(async () => {
    await sink.close();
    await rm(dir, { recursive: true });
  });

  const text = (name: string) => readFile(name, 'utf8');

  it('is recreated for its owner only after removal, reported once', async () => {
    await unlink(path);
    await sink.write('two\n');
    await sink.write('three\n');
    expect(await text(path)).toBe('two\nthree\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(log).toEqual(['replaced']);
  });

  it('is left for the one created in its place', async () => {
    await rename(path, `${path}.1`);
    await writeFile(path, '');
    await sink.write('two\n');
    expect([await text(`${path}.1`), await text(path)]).toEqual(['one\n', 'two\n']);
    expect(log).toEqual(['replaced']);
  });

  it('gets one more write after a move, for tools that create or signal later, and is then recreated', async () => {
    await rename(path, `${path}.1`);
    await sink.write('two\n');
    await sink.write('three\n');
    expect([await text(`${path}.1`), await text(path)]).toEqual(['one\ntwo\n', 'three\n']);
    expect(log).toEqual(['replaced']);
  });

  it('is not reported after a signal', async () => {
    await rename(path, `${path}.1`);
    await sink.write('two\n');
    sink.reopen();
    await sink.write('three\n');
    expect([await text(`${path}.1`), await text(path)]).toEqual(['one\ntwo\n', 'three\n']);
    expect(log).toEqual([]);
  });

  it('is appended to after copy and truncate', async () => {
    await truncate(path);
    await sink.write('two\n');
    expect(await text(path)).toBe('two\n');
    expect(log).toEqual([]);
  });

  it('is the one that a link in its place leads to', async () => {
    await unlink(path);
    await symlink(join(dir, 'elsewhere.log'), path);
    await sink.write('two\n');
    expect(await text(join(dir, 'elsewhere.log'))).toBe('two\n');
  });

  it('fails each write while a folder replaces it, or its folder is missing', async () => {
    await unlink(path);
    await mkdir(path);
    await expect(sink.write('lost\n')).rejects.toThrow('AUDIT_LOG: cannot open: EISDIR');
    await rm(dirname(path), { recursive: true });
    await expect(sink.write('lost\n')).rejects.toThrow('AUDIT_LOG: cannot open: ENOENT');
    await mkdir(dirname(path));
    await sink.write('two\n');
    expect(await text(path)).toBe('\ntwo\n');
  });
});

describe('a file that is removed during a write', () => {
  it('is recreated, and the lost records are written again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
    const path = join(dir, 'audit.log');
    let looks = 0;
    const sink = await openAuditFile({
      path,
      // The path still leads to the file when it is looked at, and not any more when it is written to.
      look: async (file) => {
        const found = await lookFromThread(file);
        looks += 1;
        if (looks === 1) await unlink(path);
        return found;
      },
    });
    await sink.write('one\n');
    await sink.write('two\n');
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    await sink.close();
    await rm(dir, { recursive: true });
  });
});

describe('a file system that blocks a write', () => {
  it('is reported with the time it has blocked', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const sink = await openAuditFile({
      path: join(dir, 'audit.log'),
      look: async (file) => {
        await released;
        return lookFromThread(file);
      },
    });
    expect(sink.heldMs?.()).toBe(0);
    const written = sink.write('one\n');
    for (const start = performance.now(); performance.now() - start < 2;) await setImmediate();
    expect(sink.heldMs?.()).toBeGreaterThan(1);
    release();
    await written;
    expect(sink.heldMs?.()).toBe(0);
    await sink.close();
    await rm(dir, { recursive: true });
  });
});

describe('a FIFO', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
    path = join(dir, 'audit.fifo');
    await promisify(execFile)('mkfifo', [path]);
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('without a reader does not block startup', async () => {
    await expect(openAuditSink({ log: { kind: 'file', path } })).rejects.toThrow(
      'AUDIT_LOG: cannot open: ENXIO, no process reads this FIFO',
    );
  });

  it('when full delays a write without blocking, and accepts all of it once read', async () => {
    const reader = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = await openAuditSink({ log: { kind: 'file', path } });
    const lines = `${'x'.repeat(99)}\n`.repeat(2000);
    const written = sink.write(lines);
    let received = '';
    const buffer = Buffer.alloc(65_536);
    while (received.length < lines.length) {
      const { bytesRead } = await reader.read(buffer).catch(() => ({ bytesRead: 0 }));
      received += buffer.toString('utf8', 0, bytesRead);
    }
    await written;
    expect(received).toBe(lines);
    await sink.close();
    await reader.close();
  });

  it('that stays full abandons its write when closed', async () => {
    const reader = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = await openAuditSink({ log: { kind: 'file', path } });
    const written = expect(sink.write('x'.repeat(1_000_000))).rejects.toThrow();
    await sink.close();
    await written;
    expect(sink.heldMs?.()).toBe(0);
    await reader.close();
  });
});

describe('standard output by another name', () => {
  it('is interleaved with the log', async () => {
    let text = '';
    const write = (bytes: Buffer) => {
      text += bytes.toString();
      return bytes.length;
    };
    const output = createOutput({ write, toDroppedLine: () => '' });
    const logger = createLogger('silent');
    const log = { kind: 'file', path: '/proc/self/fd/1' } as const;
    const sink = await openAuditSink({ log }, { output, logger });
    output.log('log\n');
    await sink.write('audit\n');
    expect(text).toBe('log\naudit\n');
    await sink.close();
  });
});

describe('a stream', () => {
  it('is written to, and stays open', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    const sink = streamSink(stream);
    await sink.write('one\n');
    await sink.close();
    expect(chunks).toEqual(['one\n']);
    expect(stream.writableEnded).toBe(false);
  });

  it('that breaks only fails its writes', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => {
        done(new Error('EPIPE'));
      },
    });
    const sink = streamSink(stream);
    await expect(sink.write('one\n')).rejects.toThrow('EPIPE');
    await expect(sink.write('two\n')).rejects.toThrow();
    await sink.close();
  });
});
