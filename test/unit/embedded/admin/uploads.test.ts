import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silenceSdkVersionWarning } from '../../../../src/config/env.js';
import { Secret } from '../../../../src/config/secret.js';
import { createUploads, type Uploads } from '../../../../src/embedded/admin/bucket/uploads.js';
import { openBucket } from '../../../../src/embedded/bucket/bucket-store.js';
import { createLogger } from '../../../../src/telemetry/logger.js';

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');
const CONTENT = 'the content of a file';
const OURS = { size: CONTENT.length, etag: `"${md5(Buffer.from(md5(CONTENT), 'hex'))}-1"` };
const OTHER = { size: OURS.size, etag: `"${md5('other')}"` };
const DONE = `<CompleteMultipartUploadResult><ETag>${OURS.etag}</ETag></CompleteMultipartUploadResult>`;
const errorOf = (code: string): string => `<Error><Code>${code}</Code></Error>`;
const file = join(tmpdir(), `upload-${process.pid}.sql`);

type Answer = (response: ServerResponse) => void | Promise<void>;

/** A store with one key, its open uploads, and answers that are scripted. */
let object: typeof OURS | null;
let open: Map<string, string[]>;
let completes: Answer[];
let parts: Answer[];
let asked: string[];
let server: ReturnType<typeof createServer>;
let uploads: Uploads;
let close: () => void;

beforeEach(async () => {
  silenceSdkVersionWarning();
  await writeFile(file, CONTENT);
  [object, open, completes, parts, asked] = [null, new Map(), [], [], []];
  server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const config = {
    kind: 'bucket',
    bucket: 'b',
    prefix: '',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AK', secretAccessKey: new Secret('S') },
    addressing: 'auto',
    refreshMs: 1000,
    maxAgeMs: 1000,
  } as const;
  const { sdk, client } = openBucket({ config, logger: createLogger('silent') });
  uploads = createUploads({ sdk, client, bucket: 'b', pause: () => Promise.resolve() });
  close = () => {
    sdk.destroy();
  };
});
afterEach(async () => {
  close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(file);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '' } = request;
  const { searchParams: query } = new URL(request.url ?? '', 'http://store');
  const body = await buffer(request);
  const id = query.get('uploadId') ?? '';
  if (method === 'HEAD') {
    response.writeHead(object ? 200 : 404, {
      ...(object && { ETag: object.etag, 'Content-Length': object.size }),
    });
    response.end();
    return;
  }
  asked.push(`${method} ${query.has('uploads') ? 'uploads' : id}`);
  if (method === 'POST' && query.has('uploads')) {
    open.set(`u-${open.size + 1}`, []);
    const xml = `<InitiateMultipartUploadResult><UploadId>u-${open.size}</UploadId></InitiateMultipartUploadResult>`;
    response.end(xml);
  } else if (query.has('uploads')) {
    const all = [...open.keys()].map(
      (one, i) =>
        `<Upload><Key>key</Key><UploadId>${one}</UploadId><Initiated>2026-01-0${i + 1}T00:00:00Z</Initiated></Upload>`,
    );
    response.end(`<ListMultipartUploadsResult>${all.join('')}</ListMultipartUploadsResult>`);
  } else if (method === 'DELETE') {
    open.delete(id);
    response.writeHead(204).end();
  } else if (!open.has(id)) {
    response.writeHead(404).end(errorOf('NoSuchUpload'));
  } else if (method === 'GET') {
    response.end('<ListPartsResult></ListPartsResult>');
  } else if (method === 'PUT') {
    const next = parts.shift();
    if (next) return next(response);
    response.writeHead(200, { ETag: `"${md5(body)}"` }).end();
  } else {
    const next = completes.length > 1 ? completes.shift() : completes[0];
    return (next ?? ended(200, DONE, OURS))(response);
  }
}

const says =
  (status: number, body: string, then?: typeof object): Answer =>
  (response) => {
    if (then !== undefined) object = then;
    response.writeHead(status, { 'Content-Type': 'application/xml' });
    response.end(body);
  };

/** As `says`, and the upload is over. */
const ended =
  (status: number, body: string, then: typeof object): Answer =>
  (response) => {
    open.clear();
    return says(status, body, then)(response);
  };

/** The store has done it, and its answer never arrives. */
const doneAndCut =
  (then: typeof object): Answer =>
  (response) => {
    object = then;
    open.clear();
    response.socket?.destroy();
  };

const upload = () => uploads.upload(file, 'key', { onBytes: () => undefined });

describe('an upload is complete once the object is there as it was sent', () => {
  it.each<readonly [string, () => Answer[]]>([
    ['answered at once', () => [ended(200, DONE, OURS)]],
    [
      'first an error in a 200, then done',
      () => [says(200, errorOf('InternalError')), ended(200, DONE, OURS)],
    ],
    ['half an answer, and done', () => [ended(200, DONE.slice(0, 40), OURS)]],
    [
      'half an answer and nothing done, then done',
      () => [says(200, DONE.slice(0, 40)), ended(200, DONE, OURS)],
    ],
    ['done, the answer lost, and the upload gone', () => [doneAndCut(OURS)]],
    [
      'spaces for a while, then an answer',
      () => [
        async (response) => {
          response.writeHead(200, { 'Content-Type': 'application/xml' });
          for (let i = 0; i < 20; i += 1) {
            response.write(' ');
            await new Promise((resolve) => setImmediate(resolve));
          }
          object = OURS;
          response.end(DONE);
        },
      ],
    ],
  ])('%s', async (_, script) => {
    completes = script();
    expect((await upload()).object.size).toBe(OURS.size);
    expect([...open.keys()]).toEqual([]);
  });
});

describe('an upload has failed', () => {
  it.each<readonly [string, Answer, string]>([
    ['where another object of the same size stands there', doneAndCut(OTHER), 'changed'],
    ['if the store keeps failing', says(200, errorOf('InternalError')), 'unavailable'],
    ['where the store says that it is done, and nothing is there', says(200, DONE), 'changed'],
  ])('%s', async (_, script, fault) => {
    completes = [script];
    await expect(upload()).rejects.toMatchObject({ fault });
  });
});

describe('an upload whose parts the store has thrown away', () => {
  it('starts over, and counts each byte once', async () => {
    parts = [ended(404, errorOf('NoSuchUpload'), null)];
    let done = 0;
    await uploads.upload(file, 'key', { onBytes: (count) => (done += count) });
    expect(object).toEqual(OURS);
    expect(done).toBe(OURS.size);
  });

  it('ends where that happens again and again', async () => {
    const gone = ended(404, errorOf('NoSuchUpload'), null);
    parts = Array<Answer>(9).fill(gone);
    await expect(upload()).rejects.toMatchObject({ fault: 'missing' });
    expect(parts).toHaveLength(6);
  });
});

it('leaves no upload of its key open, whoever began it', async () => {
  for (const id of ['u-1', 'u-2', 'u-3']) open.set(id, []);
  completes = [says(200, DONE, OURS)];
  await upload();
  expect(asked.filter((one) => one.startsWith('PUT'))).toEqual(['PUT u-3']);
  expect([...open.keys()]).toEqual([]);
});
