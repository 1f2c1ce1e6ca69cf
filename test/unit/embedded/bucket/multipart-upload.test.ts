import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMultipartUploads } from '../../../../src/embedded/bucket/multipart-upload.js';
import { createSdkClient } from '../../../../src/embedded/bucket/sdk-client.js';
import { createStoreClient } from '../../../../src/embedded/bucket/store-client.js';
import { createStoreClock } from '../../../../src/embedded/bucket/store-clock.js';
import { silenceSdkVersionWarning } from '../../../../src/config/env.js';
import { Secret } from '../../../../src/config/secret.js';
import { createLogger } from '../../../../src/telemetry/logger.js';

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');
const CONTENT = ['first part', 'last'];
const PARTS = CONTENT.map((text, i) => ({
  partNumber: i + 1,
  etag: `"${md5(text)}"`,
  size: text.length,
}));
const OURS = {
  size: CONTENT.join('').length,
  etag: `"${md5(Buffer.concat(CONTENT.map((text) => Buffer.from(md5(text), 'hex'))))}-2"`,
};
const OTHER = { size: OURS.size, etag: `"${md5('other')}"` };
const DONE = `<CompleteMultipartUploadResult><ETag>${OURS.etag}</ETag></CompleteMultipartUploadResult>`;
const errorOf = (code: string): string => `<Error><Code>${code}</Code></Error>`;

type Complete = (response: ServerResponse) => void | Promise<void>;

let object: typeof OURS | null;
let completes: Complete[];
let asked: number;
let server: ReturnType<typeof createServer>;

beforeEach(async () => {
  silenceSdkVersionWarning();
  object = null;
  completes = [];
  asked = 0;
  server = createServer((request, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(object ? 200 : 404, {
        ...(object && { ETag: object.etag, 'Content-Length': object.size }),
      });
      response.end();
      return;
    }
    request.resume();
    const complete = completes[Math.min(asked, completes.length - 1)];
    asked += 1;
    request.on('end', () => void complete?.(response));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answers =
  (status: number, body: string, then?: typeof object): Complete =>
  (response) => {
    if (then !== undefined) object = then;
    response.writeHead(status, { 'Content-Type': 'application/xml' });
    response.end(body);
  };

/** The store has done it, and its answer never arrives. */
const doneAndCut =
  (then: typeof object): Complete =>
  (response) => {
    object = then;
    response.socket?.destroy();
  };

async function complete(): Promise<unknown> {
  const logger = createLogger('silent');
  const { port } = server.address() as AddressInfo;
  const config = {
    kind: 'bucket',
    bucket: 'b',
    prefix: '',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AK', secretAccessKey: new Secret('S') },
    addressing: 'auto',
    refreshMs: 1000,
    maxAgeMs: 1000,
  } as const;
  const clock = createStoreClock(Date.now, logger);
  const sdk = createSdkClient(config, clock);
  const client = createStoreClient(sdk, 'b', clock);
  const pause = () => Promise.resolve();
  const uploads = createMultipartUploads({ sdk, client, bucket: 'b', pause });
  try {
    return await uploads.complete('key', 'upload', PARTS);
  } finally {
    sdk.destroy();
  }
}

describe('an upload is complete once the object is there as it was sent', () => {
  it.each<readonly [string, () => Complete[]]>([
    ['answered at once', () => [answers(200, DONE, OURS)]],
    [
      'first an error in a 200, then done',
      () => [answers(200, errorOf('InternalError')), answers(200, DONE, OURS)],
    ],
    ['half an answer, and done', () => [answers(200, DONE.slice(0, 40), OURS)]],
    [
      'half an answer and nothing done, then done',
      () => [answers(200, DONE.slice(0, 40)), answers(200, DONE, OURS)],
    ],
    [
      'done, the answer lost, and the upload gone',
      () => [doneAndCut(OURS), answers(404, errorOf('NoSuchUpload'))],
    ],
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
    expect(await complete()).toMatchObject({ size: OURS.size });
  });
});

describe('an upload has failed', () => {
  it('where another object of the same size stands there', async () => {
    completes = [doneAndCut(OTHER), answers(404, errorOf('NoSuchUpload'))];
    await expect(complete()).rejects.toMatchObject({ fault: 'changed' });
  });

  it('where the upload is gone and nothing is there', async () => {
    completes = [answers(404, errorOf('NoSuchUpload'))];
    await expect(complete()).rejects.toMatchObject({ fault: 'missing' });
  });

  it('if the store keeps failing', async () => {
    completes = [answers(200, errorOf('InternalError'))];
    await expect(complete()).rejects.toMatchObject({ fault: 'unavailable' });
  });

  it('where the store says that it is done, and nothing is there', async () => {
    completes = [answers(200, DONE)];
    await expect(complete()).rejects.toMatchObject({ fault: 'changed' });
  });
});
