import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { runCli } from '../../helpers/cli.js';
import { startCuttingRelay } from '../../helpers/cutting-relay.js';
import { sampleBelow } from '../../helpers/embedded.js';
import { freePort } from '../../helpers/free-port.js';
import { SHIPPED } from '../../helpers/product-process.js';
import { startProduct } from '../../helpers/product.js';

const run = promisify(execFile);
const CONNECTION = '--host=127.0.0.1 --port=3306 --user=root --skip-password';
const SUFFIX = randomBytes(4).toString('hex');
const SOURCE = `piped_test_${SUFFIX}`;
const RESTORED = `piped_restored_${SUFFIX}`;
const INSTANCE = 'cn-east-2/mariadb-test2';
const ADD = '--region cn-east-2 --instance mariadb-test2 --engine MariaDB --file'.split(' ');

const isThere = await sql('SELECT 1').then(
  () => true,
  () => false,
);
/** Where the build is proved, a missing database fails the test. */
const mayBeSkipped = (process.env['CI'] ?? '') === '';

(isThere || !mayBeSkipped ? describe : describe.skip)('a dump of a real database', () => {
  beforeAll(async () => {
    await sql(`CREATE DATABASE ${SOURCE} CHARACTER SET utf8mb4`);
    await sql(
      `CREATE TABLE noise (id INT PRIMARY KEY, data BLOB);
       INSERT INTO noise SELECT seq, RANDOM_BYTES(1000) FROM seq_1_to_500;
       CREATE TABLE words (id INT PRIMARY KEY, text VARCHAR(40));
       INSERT INTO words VALUES (1, 'données'), (2, '数据'), (3, NULL), (4, 'a\\'b\\n')`,
      SOURCE,
    );
    await sql(`CREATE DATABASE ${RESTORED} CHARACTER SET utf8mb4`);
  });

  afterAll(async () => {
    await sql(`DROP DATABASE IF EXISTS ${SOURCE}; DROP DATABASE IF EXISTS ${RESTORED}`);
  });

  it('is restored from a pipe, over a line that is cut again and again, row by row', async () => {
    const folder = temporaryFolder();
    const dump = join(folder, 'dump.sql.gz');
    await shell(`mariadb-dump ${CONNECTION} --hex-blob ${SOURCE} | gzip > "${dump}"`);
    const port = await freePort();
    const settings = { EMBEDDED_DIR: await sampleBelow(folder), EMBEDDED_PORT: String(port) };
    expect(await runCli(['add', ...ADD, dump], { env: settings })).toMatchObject({ code: 0 });
    const relay = await startCuttingRelay(port, 150_000);
    const EMBEDDED_PUBLIC_URL = `http://127.0.0.1:${relay.port}`;
    const { origin } = await startProduct({ ...settings, EMBEDDED_PUBLIC_URL });
    // By a program of its own, since the bytes go to its standard output.
    const get = `"${process.execPath}" "${SHIPPED.backups}" get ${INSTANCE}/latest -o -`;
    const { stderr } = await shell(`${get} | gunzip | mariadb ${CONNECTION} ${RESTORED}`, {
      BACKUPS_URL: origin,
    });
    expect(relay.cuts()).toBeGreaterThan(1);
    expect(stderr).toContain('retrying in');
    expect(await checksumOf(RESTORED)).toBe(await checksumOf(SOURCE));
  });
});

/** Rows and checksum of each table. */
async function checksumOf(database: string): Promise<string> {
  const counts = 'SELECT COUNT(*) FROM noise; SELECT COUNT(*) FROM words';
  const text = await sql(`${counts}; CHECKSUM TABLE noise, words EXTENDED`, database);
  expect(text).toMatch(/^500\n4\n/);
  return text.replaceAll(database, '');
}

/** Runs a pipeline that fails where one of its parts does. */
function shell(command: string, env: Record<string, string> = {}) {
  return run('bash', ['-o', 'pipefail', '-c', command], { env: { ...process.env, ...env } });
}

/** Runs statements; rows come tab-separated, without a heading. */
async function sql(statements: string, database = ''): Promise<string> {
  const options = [...CONNECTION.split(' '), '--batch', '--skip-column-names'];
  const { stdout } = await run('mariadb', [...options, '-e', statements, database]);
  return stdout;
}
