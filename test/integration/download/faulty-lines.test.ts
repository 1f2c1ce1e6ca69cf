import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { linkOf, startDownloading, type Downloading } from '../../helpers/downloading.js';
import {
  startStore,
  type ScriptedStore,
  type StoreRequest,
  type StoreAnswer,
} from '../../helpers/scripted-store.js';

const content = randomBytes(3_000_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let downloading: Downloading;
let store: ScriptedStore;

beforeEach(async () => {
  downloading = await startDownloading();
});

afterEach(async () => {
  await downloading.close();
  await store.close();
});

async function serve(script?: (request: StoreRequest) => StoreAnswer | undefined): Promise<void> {
  store = await startStore(content, script);
}

const url = (): string => `${store.origin}/files/shop.bak?signature=secret`;
const saved = (): Promise<Buffer> => readFile(join(downloading.dir, 'shop.bak'));

test('A good line takes one request, and leaves the file alone in the folder', async () => {
  await serve();
  const { files } = await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }));
  expect((await saved()).equals(content)).toBe(true);
  expect(await readdir(downloading.dir)).toEqual(['shop.bak']);
  expect(store.requests).toHaveLength(1);
  expect(store.requests[0]?.headers['accept-encoding']).toBe('identity');
  expect(files).toMatchObject([
    {
      outcome: 'downloaded',
      sizeBytes: content.length,
      runBytes: content.length,
      sha256,
      verified: true,
    },
  ]);
});

describe('A line that is cut 50 times', () => {
  test.each([1, 4])('gives the file with %s ranges at a time', async (parallel) => {
    let cuts = 0;
    await serve(({ range }) => {
      if (cuts >= 50) return undefined;
      cuts += 1;
      return { cutAfter: Math.floor(Math.random() * Math.min(40_000, range!.end - range!.start)) };
    });
    await downloading.run(linkOf(url()), { parallel, retries: 50 });
    expect((await saved()).equals(content)).toBe(true);
    expect(cuts).toBe(50);
  });
});
