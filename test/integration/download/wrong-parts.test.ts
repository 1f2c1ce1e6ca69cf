import { beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  linkOf,
  pausingClock,
  startDownloading,
  type Downloading,
} from '../../helpers/downloading.js';
import {
  startStore,
  type ScriptedStore,
  type StoreAnswer,
  type StoreRequest,
} from '../../helpers/scripted-store.js';

const content = randomBytes(5000);

let downloading: Downloading;
let store: ScriptedStore;

beforeEach(() => {
  downloading = startDownloading();
});

function part(
  start: number,
  end: number,
  contentRange = `bytes ${start}-${end - 1}/5000`,
): StoreAnswer {
  return {
    status: 206,
    headers: { 'Content-Range': contentRange },
    body: content.subarray(start, end),
  };
}

/** Five ranges of 1,000 bytes; the second is answered wrongly. */
async function run(wrong: StoreAnswer, times = 1): Promise<void> {
  let left = times;
  store = await startStore(content, ({ range }: StoreRequest) => {
    if (range?.start !== 1000 || left === 0) return undefined;
    left -= 1;
    return wrong;
  });
  const link = linkOf(`${store.origin}/x`, { sizeBytes: 5000 });
  await downloading.run(link, { parallel: 5 }, { clock: pausingClock() });
}

const multipart = {
  'Content-Type': 'multipart/byteranges; boundary=x',
  'Content-Range': undefined,
};

test.each<[string, StoreAnswer]>([
  ['begins earlier', part(512, 2000)],
  ['is longer', part(1000, 2500)],
  ['is shorter', part(1000, 1500)],
  ['is shorter and begins earlier', part(999, 1001)],
  ['has no Content-Range', { ...part(1000, 2000), headers: { 'Content-Range': undefined } }],
  ['does not tell the size', part(1000, 2000, 'bytes 1000-1999/*')],
  ['is another', part(2000, 3000)],
  ['ends before what was asked for', part(0, 1000)],
  ['has a length that contradicts its place', part(1000, 1900, 'bytes 1000-1999/5000')],
  ['has a place that makes no sense', part(1000, 2000, 'bytes 1999-1000/5000')],
  ['has a place beyond its size', part(1000, 2000, 'bytes 4500-5499/5000')],
  ['has units that nobody asked for', part(1000, 2000, 'lines 1000-1999/5000')],
  ['is one of several', { ...part(1000, 2000), headers: multipart }],
  [
    'has no ETag',
    { ...part(1000, 2000), headers: { ...part(1000, 2000).headers, ETag: undefined } },
  ],
])('A part that %s does no harm', async (_name, wrong) => {
  for (const times of [1, Infinity]) {
    await run(wrong, times).finally(() => (times === 1 ? store.close() : undefined));
    expect((await readFile(join(downloading.dir, 'shop.bak'))).equals(content)).toBe(true);
    downloading = startDownloading();
  }
});

test.each<[string, StoreAnswer]>([
  ['size', part(1000, 2000, 'bytes 1000-1999/6000')],
  ['ETag', { ...part(1000, 2000), headers: { ...part(1000, 2000).headers, ETag: '"v2"' } }],
])('A part with another %s is of another version', async (_name, wrong) => {
  await expect(run(wrong)).rejects.toMatchObject({ exitCode: 6 });
});

test('The whole file in the middle drops the parts, and is read in one stream; that is said once', async () => {
  await run({ status: 200 }, Infinity);
  expect((await readFile(join(downloading.dir, 'shop.bak'))).equals(content)).toBe(true);
  const said = downloading.events.filter(
    ({ kind }) => kind === 'started-over' || kind === 'notice',
  );
  expect(said).toHaveLength(1);
  expect(store.requests.filter(({ range }) => range === null)).toHaveLength(1);
});
