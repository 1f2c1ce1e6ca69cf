import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../../../src/cli/cli-error.js';
import {
  linkOf,
  pausingClock,
  startDownloading,
  type Downloading,
} from '../../helpers/downloading.js';
import { startStore, type ScriptedStore, type StoreAnswer } from '../../helpers/scripted-store.js';

const content = randomBytes(20_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let downloading: Downloading | undefined;
let store: ScriptedStore | undefined;

const header = (name: string, value: fc.Arbitrary<string | undefined>): fc.Arbitrary<StoreAnswer> =>
  value.map((text) => ({ headers: { [name]: text } }));

const place = fc.nat(21_000);

/** What a store, a cache or a line does with one request. */
const fault: fc.Arbitrary<StoreAnswer> = fc.oneof(
  place.map((cutAfter) => ({ cutAfter })),
  fc.constant({ refuse: true }),
  fc
    .constantFrom(200, 204, 206, 302, 400, 403, 404, 412, 416, 429, 500, 503)
    .map((status) => ({ status })),
  header('Content-Length', fc.constantFrom(undefined, '0', '20000', '-1', 'x')),
  header('ETag', fc.constantFrom(undefined, '"v1"', 'W/"v1"', '')),
  header('Content-Encoding', fc.constantFrom('gzip', 'identity', 'br')),
  header(
    'Content-Range',
    fc.oneof(
      fc.constantFrom(undefined, '', 'bytes */20000', 'bytes 0-19999/20000'),
      fc.tuple(place, place).map(([start, end]) => `bytes ${start}-${end}/20000`),
    ),
  ),
  // Right in itself, but not what was asked for.
  fc.tuple(fc.nat(19_998), fc.integer({ min: 1, max: 20_000 })).map(([start, length]) => {
    const end = Math.min(content.length, start + length);
    const contentRange = `bytes ${start}-${end - 1}/20000`;
    const headers = { 'Content-Range': contentRange };
    return { status: 206, headers, body: content.subarray(start, end) };
  }),
);

test('Whatever the faults, the bytes are those of the file, or it is not done', async () => {
  downloading = startDownloading();
  const here = downloading;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        faults: fc.array(fault, { maxLength: 12 }),
        parallel: fc.integer({ min: 1, max: 5 }),
        told: fc.constantFrom({}, { sizeBytes: 20_000 }, { sha256 }, { sizeBytes: 20_000, sha256 }),
        knowsRanges: fc.boolean(),
        runs: fc.integer({ min: 1, max: 3 }),
      }),
      async ({ faults, parallel, told, knowsRanges, runs }) => {
        // A complete response without a byte can only be refuted by a size or a hash that is known: after three parts
        // in a row that do not fit, nothing is known of the file.
        const isSilent = Object.keys(told).length === 0;
        fc.pre(!isSilent || faults.every(({ headers }) => headers?.['Content-Length'] !== '0'));
        const cwd = join(here.dir, String((count += 1)));
        await mkdir(cwd);
        const queue = [...faults];
        store = await startStore(content, () => queue.shift());
        store.ranges = knowsRanges;
        const link = linkOf(`${store.origin}/x`, told);
        for (let i = 0; i < runs; i += 1) {
          const request = { cwd, parallel, retries: 2 };
          const outcome = await here
            .run(link, request, { clock: pausingClock() })
            .catch((error: unknown) => error);
          const isThere = existsSync(join(cwd, 'shop.bak'));
          if (outcome instanceof Error) {
            expect(outcome).toBeInstanceOf(CliError);
            expect(isThere).toBe(false);
          } else {
            expect((await readFile(join(cwd, 'shop.bak'))).equals(content)).toBe(true);
            break;
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
