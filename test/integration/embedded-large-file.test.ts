import { expect, it } from '@jest/globals';
import { truncate } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded, writeBackup, writeInstance } from '../helpers/embedded.js';
import { linksOf } from '../helpers/signed-call.js';

const GIB = 2 ** 30;
const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };

const folder = temporaryFolder();
await writeInstance(folder, KEY, { engine: 'MySQL' });
const files = await writeBackup(folder, KEY, { files: { set: '' } });
await truncate(join(files, 'set'), 4 * GIB);
const upstream = await startEmbedded(folder);
const link = (await linksOf(upstream.origin, KEY)).body.result.publicURL;

it('reports the size of a file beyond 32 bits', async () => {
  const response = await fetch(link, { method: 'HEAD' });
  expect(response.headers.get('content-length')).toBe(String(4 * GIB));
});

it('streams a quarter of a gibibyte from beyond 32 bits in flat memory', async () => {
  const before = process.memoryUsage().rss;
  let peak = before;
  let bytes = 0;
  await new Promise((resolve, reject) => {
    const headers = { range: `bytes=${3.75 * GIB}-` };
    get(link, { headers, agent: false }, (response) => {
      expect(response.headers['content-range']).toBe(
        `bytes ${3.75 * GIB}-${4 * GIB - 1}/${4 * GIB}`,
      );
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      });
      response.once('end', resolve);
    }).once('error', reject);
  });
  expect(bytes).toBe(GIB / 4);
  expect(peak - before).toBeLessThan(160 * 1024 * 1024);
}, 120_000);
