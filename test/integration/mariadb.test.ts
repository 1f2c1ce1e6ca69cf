import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { addToFolder } from '../helpers/own-store.js';
import { startProduct, type Product } from '../helpers/product.js';

const run = promisify(execFile);
const CONNECTION = ['--host=127.0.0.1', '--port=3306', '--user=root', '--skip-password'];
const UTF8 = '--default-character-set=utf8mb4';

const isThere = await sql('SELECT 1').then(
  () => true,
  () => false,
);
/** In CI, a missing database fails the test. */
const mayBeSkipped = (process.env.CI ?? '') === '';
if (!isThere) {
  // eslint-disable-next-line no-console -- a skipped test should not go unnoticed
  console.warn(
    'No MariaDB on 127.0.0.1:3306 (user root, no password) with its command-line clients.',
  );
}

const KEY = { regionId: 'cn-east-2', instanceId: 'mariadb-test1', backupId: 'dump-1' };
const SUFFIX = randomBytes(4).toString('hex');
const SOURCE = `backup_test_${SUFFIX}`;
const RESTORED = `restored_test_${SUFFIX}`;

const TABLE = `
  CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(100), data BLOB);
  INSERT INTO orders VALUES
    (1, '订单库', 0x00FF0A0D27), (2, 'o''neil "quoted" \\\\ 😀', NULL), (3, '', '')`;
const ROWS = 'SELECT id, HEX(name), HEX(data) FROM orders ORDER BY id';

(isThere || !mayBeSkipped ? describe : describe.skip)('a backup of a real database', () => {
  let folder: string;
  let product: Product;

  beforeAll(async () => {
    folder = temporaryFolder();
    product = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder) });
    await sql(`CREATE DATABASE ${SOURCE} CHARACTER SET utf8mb4`);
    await sql(`CREATE DATABASE ${RESTORED} CHARACTER SET utf8mb4`);
  });

  afterAll(async () => {
    await sql(`DROP DATABASE IF EXISTS ${SOURCE}; DROP DATABASE IF EXISTS ${RESTORED}`);
  });

  it('is restored row by row from the file behind its link', async () => {
    await sql(TABLE, SOURCE);
    const dump = join(folder, 'dump.sql');
    await run('mariadb-dump', [...CONNECTION, '--hex-blob', '--result-file', dump, SOURCE]);

    await add(dump, folder);
    const response = await fetch(await linkOf(product));
    expect(response.status).toBe(200);
    const download = join(folder, 'download.sql');
    await writeFile(download, Buffer.from(await response.arrayBuffer()));

    await restore(download, RESTORED);
    const rows = await sql(ROWS, RESTORED);
    expect(rows.trimEnd().split('\n')).toHaveLength(3);
    expect(rows).toContain(Buffer.from('订单库').toString('hex').toUpperCase());
    expect(rows).toBe(await sql(ROWS, SOURCE));
  });
});

async function add(file: string, cwd: string): Promise<void> {
  const { regionId, instanceId, backupId } = KEY;
  const ids = ['--region', regionId, '--instance', instanceId, '--backup-id', backupId];
  await addToFolder([...ids, '--engine', 'MariaDB', '--file', file], {
    dir: join(cwd, 'data'),
    cwd,
  });
}

/** The link as a frontend gets it. */
async function linkOf(product: Product): Promise<string> {
  const id = `${KEY.regionId}/${KEY.instanceId}/${KEY.backupId}`;
  const { data, errors } = await product.query(
    `query ($id: ID!) {
      backup(id: $id) { downloadURL { ... on MySqlBackupDownloadURL { publicURL } } }
    }`,
    { id },
  );
  expect(errors).toEqual([]);
  return data.backup.downloadURL.publicURL as string;
}

/** Runs statements; rows are tab-separated without a header. */
async function sql(statements: string, database = ''): Promise<string> {
  const format = ['--batch', '--skip-column-names', UTF8];
  const { stdout } = await run('mariadb', [...CONNECTION, ...format, '-e', statements, database]);
  return stdout;
}

async function restore(file: string, database: string): Promise<void> {
  const client = run('mariadb', [...CONNECTION, UTF8, database]);
  await Promise.all([client, pipeline(createReadStream(file), client.child.stdin!)]);
}
