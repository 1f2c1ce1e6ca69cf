import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type AuditSink, openAuditSink, streamSink } from '../../../src/telemetry/audit-sink.js';

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

  const open = async () => (sink = await openAuditSink({ log: { kind: 'file', path } }));

  it('is created for its owner alone, and appended to', async () => {
    await open();
    await sink.write('one\n');
    await sink.close();
    await open();
    await sink.write('two\n');
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is opened anew once it was moved away', async () => {
    await open();
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
    await open();
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await expect(sink.write('lost\n')).rejects.toThrow('ENOSPC');
    await unlink(path);
    await sink.write('kept\n');
    await sink.write('kept\n');
    // The empty line ends whatever part of a lost one may stand there.
    expect(await readFile(path, 'utf8')).toBe('\nkept\nkept\n');
  });

  it('that cannot be opened is told by its setting', async () => {
    await open();
    const opened = openAuditSink({ log: { kind: 'file', path: join(dir, 'none', 'audit.log') } });
    await expect(opened).rejects.toThrow('AUDIT_LOG: cannot be opened: ENOENT');
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

  it('that breaks fails its writes and nothing else', async () => {
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
