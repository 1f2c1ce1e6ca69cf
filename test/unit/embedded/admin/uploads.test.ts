import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silenceSdkVersionWarning } from '../../../../src/config/env.js';
import { createUploads, type Uploads } from '../../../../src/embedded/admin/bucket/uploads.js';
import { openBucket } from '../../../../src/embedded/bucket/bucket-store.js';
import { createLogger } from '../../../../src/telemetry/logger.js';
import {
  BUCKET,
  refusal,
  type ScriptedObject,
  type ScriptedStore,
  startScriptedStore,
  type StoreCall,
  type StoreReply,
} from '../../../helpers/scripted-s3.js';

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');
const CONTENT = 'the content of a file';
const ETAG = `"${md5(Buffer.from(md5(CONTENT), 'hex'))}-1"`;
const OURS = { body: CONTENT, headers: { ETag: ETAG } };
const OTHER = { body: 'other'.padEnd(CONTENT.length), headers: { ETag: `"${md5('other')}"` } };
const DONE = `<CompleteMultipartUploadResult><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`;
const ERROR = refusal(200, 'InternalError');
const file = join(tmpdir(), `upload-${process.pid}.sql`);

type Answer = () => StoreReply;

/** A store with one key, its open uploads, and answers that are scripted. */
let store: ScriptedStore;
let open: string[];
let completes: Answer[];
let parts: Answer[];
let asked: string[];
let uploads: Uploads;
let close: () => void;

beforeEach(async () => {
  silenceSdkVersionWarning();
  await writeFile(file, CONTENT);
  [open, completes, parts, asked] = [[], [], [], []];
  store = await startScriptedStore();
  store.intercept(answer);
  const { sdk, client } = openBucket({ config: store.config(), logger: createLogger('silent') });
  uploads = createUploads({ sdk, client, bucket: BUCKET, pause: () => Promise.resolve() });
  close = () => {
    sdk.destroy();
  };
});
afterEach(async () => {
  close();
  await store.close();
  await rm(file);
});

function answer({ operation, method, query, body }: StoreCall): StoreReply | undefined {
  if (operation === 'head') return undefined;
  const id = query.get('uploadId') ?? '';
  asked.push(`${method} ${query.has('uploads') ? 'uploads' : id}`);
  if (query.has('uploads')) {
    if (method === 'GET') return { body: listOf(open) };
    open.push(`u-${open.length + 1}`);
    const UploadId = `<UploadId>${open.at(-1)}</UploadId>`;
    return { body: `<InitiateMultipartUploadResult>${UploadId}</InitiateMultipartUploadResult>` };
  }
  if (method === 'DELETE') {
    open = open.filter((one) => one !== id);
    return { status: 204 };
  }
  if (!open.includes(id)) return refusal(404, 'NoSuchUpload');
  if (method === 'GET') return { body: '<ListPartsResult></ListPartsResult>' };
  if (method === 'PUT') return parts.shift()?.() ?? { headers: { ETag: `"${md5(body)}"` } };
  const next = completes.length > 1 ? completes.shift() : completes[0];
  return (next ?? ended({ body: DONE }, OURS))();
}

function listOf(ids: readonly string[]): string {
  const all = ids.map(
    (id, i) =>
      `<Upload><Key>key</Key><UploadId>${id}</UploadId><Initiated>2026-01-0${i + 1}T00:00:00Z</Initiated></Upload>`,
  );
  return `<ListMultipartUploadsResult>${all.join('')}</ListMultipartUploadsResult>`;
}

const says =
  (reply: StoreReply, then?: ScriptedObject): Answer =>
  () => {
    if (then) store.objects.set('key', then);
    return reply;
  };

/** As `says`, and the upload is over. */
const ended =
  (reply: StoreReply, then?: ScriptedObject): Answer =>
  () => {
    open = [];
    return says(reply, then)();
  };

const upload = () => uploads.upload(file, 'key', { onProgress: () => undefined });

describe('an upload is complete once the object is there as it was sent', () => {
  const half = { body: DONE.slice(0, 40) };
  it.each<readonly [string, () => Answer[]]>([
    ['answered at once', () => [ended({ body: DONE }, OURS)]],
    ['first an error in a 200, then done', () => [says(ERROR), ended({ body: DONE }, OURS)]],
    ['half an answer, and done', () => [ended(half, OURS)]],
    ['half an answer and nothing done, then done', () => [says(half), ended({ body: DONE }, OURS)]],
    ['done, the answer lost, and the upload gone', () => [ended({ cut: true }, OURS)]],
    [
      'spaces for a while, then an answer',
      () => [says({ body: `${' '.repeat(20)}${DONE}` }, OURS)],
    ],
  ])('%s', async (_, script) => {
    completes = script();
    expect((await upload()).object.size).toBe(CONTENT.length);
    expect(open).toEqual([]);
  });
});

describe('an upload has failed', () => {
  it.each<readonly [string, Answer, string]>([
    ['where another object of the same size stands there', ended({ cut: true }, OTHER), 'changed'],
    ['if the store keeps failing', says(ERROR), 'unavailable'],
    ['where the store says that it is done, and nothing is there', says({ body: DONE }), 'changed'],
  ])('%s', async (_, script, fault) => {
    completes = [script];
    await expect(upload()).rejects.toMatchObject({ fault });
  });
});

describe('an upload whose parts the store has thrown away', () => {
  const gone = ended(refusal(404, 'NoSuchUpload'));

  it('starts over, and counts each byte once', async () => {
    parts = [gone];
    let done = 0;
    await uploads.upload(file, 'key', { onProgress: ({ kept, sent }) => (done = kept + sent) });
    expect(store.objects.get('key')).toEqual(OURS);
    expect(done).toBe(CONTENT.length);
  });

  it('ends where that happens again and again', async () => {
    parts = Array<Answer>(9).fill(gone);
    await expect(upload()).rejects.toMatchObject({ fault: 'missing' });
    expect(parts).toHaveLength(6);
  });
});

it('ends at once when it is stopped, whatever part is under way', async () => {
  const stop = new AbortController();
  const reason = new Error('Stopped by SIGINT.');
  store.intercept((call) => {
    if (call.method !== 'PUT') return answer(call);
    stop.abort(reason);
    return new Promise(() => undefined);
  });
  const options = { signal: stop.signal, onProgress: () => undefined };
  await expect(uploads.upload(file, 'key', options)).rejects.toBe(reason);
  expect(open).toEqual(['u-1']);
});

it('leaves no upload of its key open, whoever began it', async () => {
  open = ['u-1', 'u-2', 'u-3'];
  completes = [says({ body: DONE }, OURS)];
  await upload();
  expect(asked.filter((one) => one.startsWith('PUT'))).toEqual(['PUT u-3']);
  expect(open).toEqual([]);
});
