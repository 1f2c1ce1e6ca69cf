import { execFile } from 'node:child_process';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { writeInstance } from '../../helpers/embedded.js';
import { openCatalogue, type TestCatalogue } from '../../helpers/folder-catalogue.js';
import { type Product, startProduct } from '../../helpers/product.js';
import { until } from '../../helpers/until.js';

const run = promisify(execFile);
const REGION = 'cn-north-1';
const INSTANCE = { regionId: REGION, instanceId: 'sqlserver-1' };
const BACKUP = { ...INSTANCE, backupId: 'bk-1' };

let folder: string;
let catalogue: TestCatalogue | undefined;
let product: Product | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeInstance(folder, INSTANCE, { engine: 'SQL Server' });
});
afterEach(() => {
  [catalogue, product] = [undefined, undefined];
});

describe('a backup that a copying program brings bit by bit', () => {
  let backup: string;
  let files: string;
  beforeEach(async () => {
    catalogue = await openCatalogue(folder);
    await catalogue.read();
    backup = join(folder, ...Object.values(BACKUP));
    files = join(backup, 'files');
  });

  const listed = () => catalogue!.listed(BACKUP);
  const linked = async () => (await catalogue!.findBackups(REGION, 'bk-1'))[0]?.files ?? [];

  it('shows no file under its temporary name, and each under its own', async () => {
    await mkdir(backup, { recursive: true });
    expect(await listed()).toBeUndefined();
    await writeFile(join(backup, '.backup.json.Qx81aZ'), '{"backupSt');
    expect(await listed()).toBeUndefined();
    await mkdir(files);
    await writeFile(join(files, '.shop.bak.X7a9Qz'), 'sho');
    await until(async () => (await listed())?.sizes.length === 0);
    await appendFile(join(files, '.shop.bak.X7a9Qz'), 'p');
    expect(await linked()).toEqual([]);
    await rename(join(files, '.shop.bak.X7a9Qz'), join(files, 'shop.bak'));
    expect(await listed()).toEqual({ status: 'COMPLETED', sizes: [4] });
    await writeFile(join(backup, '.backup.json.Qx81aZ'), '{"backupStatus": "RETAINED"}');
    await rename(join(backup, '.backup.json.Qx81aZ'), join(backup, 'backup.json'));
    expect(await listed()).toEqual({ status: 'RETAINED', sizes: [4] });
    expect(await linked()).toMatchObject([{ name: 'shop.bak', size: 4 }]);
  });

  it('shows nothing of folders for parts, wherever they stand', async () => {
    for (const place of ['.~tmp~', '.rsync-partial', 'files/.~tmp~', 'files/.rsync-partial']) {
      await mkdir(join(backup, place), { recursive: true });
      await writeFile(join(backup, place, 'shop.bak'), 'part');
    }
    await mkdir(join(backup, '..', '.bk-2.a8Kd'), { recursive: true });
    await writeFile(join(files, 'shop.bak'), 'whole');
    expect(await listed()).toEqual({ status: 'COMPLETED', sizes: [5] });
    expect(await catalogue!.names(INSTANCE)).toEqual(['bk-1']);
  });

  it('has the size a file has at the moment, while it is written in place', async () => {
    await mkdir(files, { recursive: true });
    for (let size = 1; size <= 10; size += 1) {
      await appendFile(join(files, 'shop.bak'), 'x');
      expect(await listed()).toMatchObject({ sizes: [size] });
      expect(await linked()).toMatchObject([{ size }]);
    }
  });

  it('is the earlier one or the new one while a manifest is replaced, never none', async () => {
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'shop.bak'), 'shop');
    for (let round = 1; round <= 20; round += 1) {
      const status = round % 2 === 0 ? 'COMPLETED' : 'RETAINED';
      await writeFile(join(backup, '.new'), `{"backupStatus": "${status}"}`);
      const [seen] = await Promise.all([
        listed(),
        rename(join(backup, '.new'), join(backup, 'backup.json')),
      ]);
      expect(seen).toMatchObject({ sizes: [4] });
      expect(await listed()).toMatchObject({ status });
    }
  });
});

/** Instances of a region that the page shows, and the size of their only backup. */
const LIST = `query ($after: String) {
  instances(regionId: "cn-east-1", first: 100, after: $after) {
    totalCount
    nodes { instanceId backups(first: 2) { nodes { sizeBytes downloadURL { ... on DownloadLink { available } } } } }
    pageInfo { endCursor hasNextPage }
  }
}`;

async function all(): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (let after: string | null = null; ;) {
    const { data, errors }: { data: any; errors: readonly unknown[] } = await product!.query(LIST, {
      after,
    });
    expect(errors).toEqual([]);
    for (const { instanceId, backups } of data.instances?.nodes ?? []) {
      found.set(instanceId, backups.nodes);
    }
    if (!data.instances?.pageInfo.hasNextPage) return found;
    after = data.instances.pageInfo.endCursor;
  }
}

/** Calls of the REST API for the operations since so many lines of the log. */
function callsSince(lines: number): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const line of product!.log.slice(lines)) {
    const { upstreamCalls = {} } = JSON.parse(line) as { upstreamCalls?: Record<string, number> };
    for (const [name, count] of Object.entries(upstreamCalls)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

it('120 instances made in one go are there for the next question, gone and made again too', async () => {
  product = await startProduct({
    EMBEDDED_DIR: folder,
    EMBEDDED_DIR_CHECK_S: '3600',
    LINK_REUSE: '0',
    MAX_LINKS_PER_OPERATION: '200',
    UPSTREAM_MAX_PER_MINUTE: '1000000',
  });
  await until(() => product!.log.some((line) => line.includes('read the backups')));
  const make = (content: string) =>
    run(
      'sh',
      [
        '-c',
        'for i in $(seq 120); do d=$R/mysql-$i/bk-$i; mkdir -p $d/files && printf $C > $d/files/d.sql && ' +
          'echo "{}" > $d/backup.json && echo \'{"engine":"MySQL"}\' > $R/mysql-$i/instance.json; done',
      ],
      { env: { ...process.env, R: join(folder, 'cn-east-1'), C: content } },
    );
  for (const content of ['xy', 'longer']) {
    await make(content);
    const lines = product.log.length;
    const found = await all();
    expect(found.size).toBe(120);
    expect(callsSince(lines)).toMatchObject({
      describeBackups: 120,
      describeBackupDownloadURL: 120,
    });
    const one = [{ sizeBytes: content.length, downloadURL: { available: true } }];
    expect(
      [...found.values()].filter((nodes) => JSON.stringify(nodes) !== JSON.stringify(one)),
    ).toEqual([]);
    await rm(join(folder, 'cn-east-1'), { recursive: true });
    expect((await all()).size).toBe(0);
  }
});
