import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { type CliOptions, runCli } from '../../helpers/cli.js';
import { type CuttingRelay, startCuttingRelay } from '../../helpers/cutting-relay.js';
import { patientClock } from '../../helpers/downloading.js';
import { type Product, startProduct } from '../../helpers/product.js';
import { describeWithSwift, startSwift, type Swift } from '../../helpers/swift.js';

const INSTANCE = 'cn-north-1/sqlserver-1';
const OBJECT = `own/${INSTANCE}/bk-1/files/shop.bak`;
const content = randomBytes(1_000_000);
const replaced = randomBytes(1_000_000);

describeWithSwift('backups get from a bucket', () => {
  let swift: Swift;
  let relay: CuttingRelay;
  let product: Product;
  let bucket: string;

  beforeAll(async () => {
    swift = await startSwift();
    bucket = await swift.createBucket();
    await swift.fill(bucket, { [`own/${INSTANCE}/instance.json`]: '{"engine": "SQL Server"}' });
    await swift.put(bucket, OBJECT, content);
    relay = await startCuttingRelay(Number(new URL(swift.endpoint).port), 200_000);
    product = await startProduct({
      ...swift.settings(bucket, 'own'),
      EMBEDDED_PUBLIC_URL: `http://127.0.0.1:${relay.port}`,
      LINK_REUSE: '0',
    });
  });

  const get = (args: readonly string[], options: CliOptions) =>
    runCli(['get', `${INSTANCE}/bk-1`, ...args], {
      env: { BACKUPS_URL: product.origin },
      sleep: patientClock().sleep,
      ...options,
    });

  it('survives a line that breaks again and again', async () => {
    const cwd = temporaryFolder();
    expect(await get(['--parallel', '2'], { cwd })).toMatchObject({ code: 0 });
    expect(relay.cuts()).toBeGreaterThan(3);
    expect((await readFile(join(cwd, 'shop.bak'))).equals(content)).toBe(true);
  });

  it('never joins two versions of an object', async () => {
    const cwd = temporaryFolder();
    const part = join(cwd, 'shop.bak.part');
    // A cut discards what has arrived and is not read yet: at the first, that can be everything.
    do {
      const stop = new AbortController();
      const write = (text: string): void => {
        if (text.includes('connection lost')) stop.abort();
      };
      const terminal = { isTerminal: false, columns: () => 80, write };
      expect(await get([], { cwd, terminal, signal: stop.signal })).toMatchObject({ code: 130 });
    } while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) === 0);
    await swift.put(bucket, OBJECT, replaced);
    const refused = await get([], { cwd });
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('--restart') });
    expect(await readdir(cwd)).not.toContain('shop.bak');
    expect(await get(['--restart'], { cwd })).toMatchObject({ code: 0 });
    expect((await readFile(join(cwd, 'shop.bak'))).equals(replaced)).toBe(true);
  });
});
