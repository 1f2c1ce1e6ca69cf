import { beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeAll } from '../../../src/cli/download/batch-writer.js';
import { listening } from '../../helpers/closing.js';
import { linkOf, startDownloading, type Downloading } from '../../helpers/downloading.js';
import {
  startStore,
  type ScriptedStore,
  type StoreAnswer,
  type StoreRequest,
} from '../../helpers/scripted-store.js';

const text = randomBytes(1_500_000).toString('base64');
const content = gzipSync(text);
const sha256 = createHash('sha256').update(content).digest('hex');

let downloading: Downloading;
let store: ScriptedStore;
let pipe: FileHandle;
let read: Promise<Buffer>;

beforeEach(async () => {
  downloading = startDownloading();
  const path = join(downloading.dir, 'stdout');
  execFileSync('mkfifo', [path]);
  read = readAll(path);
  pipe = await open(path, 'w');
});

async function readAll(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function serve(script?: (request: StoreRequest) => StoreAnswer | undefined): Promise<void> {
  store = await startStore(content, script);
}

const link = (told = {}) => linkOf(`${store.origin}/x`, told);
const toPipe = () => ({ writeOut: (chunks: readonly Buffer[]) => writeAll(pipe.fd, chunks, null) });

async function received(): Promise<Buffer> {
  await pipe.close();
  return read;
}

test('Bytes come in order over a line that is cut, and are counted once', async () => {
  await serve(({ index }) => (index < 20 ? { cutAfter: 70_000 } : undefined));
  const files = await downloading.run(link({ sha256 }), { target: '-', parallel: 4 }, toPipe());
  expect((await received()).equals(content)).toBe(true);
  expect(files).toMatchObject([{ path: null, sha256, verified: true, sizeBytes: content.length }]);
  expect(await readdir(downloading.dir)).toEqual(['stdout']);
});

test('From a server without ranges, what was written is skipped', async () => {
  await serve(({ index }) => (index < 2 ? { cutAfter: 500_000 * (index + 1) } : undefined));
  store.ranges = false;
  await downloading.run(link(), { target: '-' }, toPipe());
  expect((await received()).equals(content)).toBe(true);
});

test('Nothing follows bytes of another version', async () => {
  await serve(({ index }) => {
    if (index === 0) return { cutAfter: 500_000 };
    store.content = randomBytes(content.length);
    return undefined;
  });
  store.ranges = false;
  store.etag = null;
  store.lastModified = null;
  const error = await downloading.fail(link(), { target: '-' }, toPipe());
  expect(error).toMatchObject({ exitCode: 6 });
  const bytes = await received();
  expect(bytes.equals(content.subarray(0, bytes.length))).toBe(true);
});

test('Other bytes than the SHA-256 tells fail', async () => {
  await serve();
  const error = await downloading.fail(link({ sha256: 'b'.repeat(64) }), { target: '-' }, toPipe());
  expect(error).toMatchObject({ exitCode: 6 });
  await received();
});

test('A stop ends it although nobody reads', async () => {
  await serve();
  const path = join(downloading.dir, 'unread');
  execFileSync('mkfifo', [path]);
  const unread = await open(path, 'r+');
  const stop = new AbortController();
  const error = await downloading.fail(
    link(),
    { target: '-' },
    {
      writeOut: (chunks) => writeAll(unread.fd, chunks, null),
      signal: stop.signal,
      emit: (event) => {
        if (event.kind === 'file-started') setImmediate(() => stop.abort());
      },
    },
  );
  expect(error).toMatchObject({ exitCode: 130 });
  expect(error.message).toContain('incomplete');
  // Lets go the thread that waits for a reader.
  spawn('cat', [path], { stdio: 'ignore' }).unref();
  await unread.close();
  await received();
});

test('A stop ends it while a connection is being made', async () => {
  // It says nothing, so that TLS has to wait.
  const silent = createServer((socket) => socket.resume().on('error', () => undefined));
  const connected = once(silent, 'connection');
  const { port } = await listening(silent);
  const stop = new AbortController();
  let code: number | undefined;
  void downloading
    .fail(linkOf(`https://127.0.0.1:${port}/x`), { target: '-' }, { signal: stop.signal })
    .then(({ exitCode }) => (code = exitCode));
  await connected;
  stop.abort();
  // It takes some turns of the event loop, and nothing that a peer has to do.
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  expect(code).toBe(130);
  await received();
});

describe('A reader that stops', () => {
  test('ends it as such, soon', async () => {
    await serve();
    const path = join(downloading.dir, 'short');
    execFileSync('mkfifo', [path]);
    const reader = spawn('head', ['-c', '100000', path], { stdio: 'ignore' });
    const gone = once(reader, 'close');
    const short = await open(path, 'w');
    const error = await downloading.fail(
      link(),
      { target: '-' },
      { writeOut: (chunks) => writeAll(short.fd, chunks, null) },
    );
    expect(error).toMatchObject({ exitCode: 141 });
    await gone;
    await short.close();
    await received();
  });
});
