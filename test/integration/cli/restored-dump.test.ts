import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCuttingRelay } from '../../helpers/cutting-relay.js';
import { temporaryFolder, writeInstance } from '../../helpers/embedded.js';
import { freePort } from '../../helpers/free-port.js';
import { type CompiledProduct, compileProduct } from '../../helpers/product-process.js';
import { type Product, startProduct } from '../../helpers/product.js';

const run = promisify(execFile);
const CONNECTION = '--host=127.0.0.1 --port=3306 --user=root --skip-password';
const SUFFIX = randomBytes(4).toString('hex');
const SOURCE = `piped_test_${SUFFIX}`;
const RESTORED = `piped_restored_${SUFFIX}`;
const KEY = { regionId: 'cn-east-2', instanceId: 'mariadb-test2' };

const isThere = await sql('SELECT 1').then(
  () => true,
  () => false,
);
/** Where the build is proved, a missing database fails the test. */
const mayBeSkipped = (process.env['CI'] ?? '') === '';

(isThere || !mayBeSkipped ? describe : describe.skip)('a dump of a real database', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let compiled: CompiledProduct;
  let product: Product;
  let relay: Awaited<ReturnType<typeof startCuttingRelay>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    compiled = await compileProduct();
    const port = await freePort();
    relay = await startCuttingRelay(port, 300_000);
    product = await startProduct({
      EMBEDDED_DIR: join(folder.path, 'data'),
      EMBEDDED_PORT: String(port),
      EMBEDDED_PUBLIC_URL: `http://127.0.0.1:${relay.port}`,
    });
    await sql(`CREATE DATABASE ${SOURCE} CHARACTER SET utf8mb4`);
    await sql(`CREATE DATABASE ${RESTORED} CHARACTER SET utf8mb4`);
  });

  afterAll(async () => {
    await sql(`DROP DATABASE IF EXISTS ${SOURCE}; DROP DATABASE IF EXISTS ${RESTORED}`);
    await product.close();
    relay.close();
    await compiled.remove();
    await folder.remove();
  });

  it('is restored from a pipe, row by row, over a line that is cut again and again', async () => {
    await sql(
      `CREATE TABLE noise (id INT PRIMARY KEY, data BLOB);
       INSERT INTO noise SELECT seq, RANDOM_BYTES(1000) FROM seq_1_to_2000`,
      SOURCE,
    );
    await writeInstance(join(folder.path, 'data'), KEY, { engine: 'MariaDB' });
    const files = join(folder.path, 'data', KEY.regionId, KEY.instanceId, 'dump', 'files');
    await mkdir(files, { recursive: true });
    await shell(`mariadb-dump ${CONNECTION} --hex-blob ${SOURCE} | gzip > "${files}/dump.sql.gz"`);

    // A program of its own, since the bytes go to its standard output.
    const program = join(dirname(compiled.main), 'run-backups.js');
    const module = JSON.stringify(join(dirname(compiled.main), 'cli', 'backups.js'));
    await writeFile(program, `(await import(${module})).main();`);
    const get = `"${process.execPath}" "${program}" get ${KEY.regionId}/${KEY.instanceId}/latest -o -`;
    const { stderr } = await shell(`${get} | gunzip | mariadb ${CONNECTION} ${RESTORED}`, {
      BACKUPS_URL: product.origin,
    });

    expect(relay.cuts()).toBeGreaterThan(3);
    expect(stderr).toContain('again in');
    const digest = 'SELECT COUNT(*), MD5(GROUP_CONCAT(MD5(data) ORDER BY id)) FROM noise';
    const limit = 'SET group_concat_max_len = 1000000;';
    const restored = await sql(limit + digest, RESTORED);
    expect(restored).toMatch(/^2000\t/);
    expect(restored).toBe(await sql(limit + digest, SOURCE));
  });
});

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
