import { beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import {
  mkdir,
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
import { dirname, join } from 'node:path';
import { type AuditFile, openAuditFile, openTarget } from '../../../src/audit/audit-file.js';
import { closing, temporaryFolder } from '../../helpers/closing.js';

async function openSink(path: string, onReplaced?: () => void): Promise<AuditFile> {
  const sink = (await openAuditFile({ log: { kind: 'file', path } }, onReplaced))!;
  return { ...sink, close: closing(() => sink.close()) };
}

describe('a file', () => {
  let path: string;

  beforeEach(() => {
    path = join(temporaryFolder(), 'audit.log');
  });

  it('is created for its owner alone, and appended to', async () => {
    const first = await openSink(path);
    await first.write('one\n');
    await first.close();
    await (await openSink(path)).write('two\n');
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('that is full fails each write, until there is room again', async () => {
    await symlink('/dev/full', path);
    const sink = await openSink(path);
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await unlink(path);
    await sink.write('kept\n');
    await sink.write('kept\n');
    expect(await readFile(path, 'utf8')).toBe('kept\nkept\n');
  });

  it('that cannot be opened is reported by its setting', async () => {
    const opened = openSink(join(path, '..', 'none', 'audit.log'));
    await expect(opened).rejects.toThrow('AUDIT_LOG: cannot open: ENOENT');
  });
});

describe('a file that is replaced under the process', () => {
  let dir: string;
  let path: string;
  let log: string[];
  let sink: AuditFile;

  beforeEach(async () => {
    dir = temporaryFolder();
    path = join(dir, 'logs', 'audit.log');
    await mkdir(dirname(path));
    log = [];
    sink = await openSink(path, () => void log.push('replaced'));
    await sink.write('one\n');
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
    expect(await text(path)).toBe('two\n');
  });
});

it('a file that is removed during a write is recreated, and gets the lost records', async () => {
  const path = join(temporaryFolder(), 'audit.log');
  const target = await openTarget(path);
  const bytes = Buffer.from('one\n');
  await target.write(bytes, 0);
  await unlink(path);
  expect(await target.isLost?.()).toBe(true);
  await target.write(bytes, 0);
  expect(await target.isLost?.()).toBe(false);
  expect(await readFile(path, 'utf8')).toBe('one\n');
  await target.close?.();
});

describe('a FIFO', () => {
  let path: string;

  beforeEach(() => {
    path = join(temporaryFolder(), 'audit.fifo');
    execFileSync('mkfifo', [path]);
  });

  it('without a reader does not block startup', async () => {
    await expect(openSink(path)).rejects.toThrow(
      'AUDIT_LOG: cannot open: ENXIO, no process reads this FIFO',
    );
  });

  it('when full delays a write without blocking, and accepts all of it once read', async () => {
    const reader = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = await openSink(path);
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
    const sink = await openSink(path);
    const written = expect(sink.write('x'.repeat(1_000_000))).rejects.toThrow();
    await sink.close();
    await written;
    expect(sink.heldMs()).toBe(0);
    await reader.close();
  });
});

it.each(['/proc/self/fd/1', '/dev/stdout'])('%s is standard output', async (path) => {
  expect(await openAuditFile({ log: { kind: 'file', path } })).toBeNull();
});
