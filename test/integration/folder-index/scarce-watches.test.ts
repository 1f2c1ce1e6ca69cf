import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder, writeBackup, writeInstance } from '../../helpers/embedded.js';
import {
  type CompiledProduct,
  compileProduct,
  startProcess,
} from '../../helpers/product-process.js';
import { until } from '../../helpers/until.js';

const REGION = 'cn-north-1';
const IDS = ['mysql-1', 'mysql-2', 'mysql-3', 'mysql-4'];

const backupOf = (instanceId: string, count: number) => `bk-${instanceId}-${count}`;

/** Runs a command with so few watches of its own: the limits of a user namespace are not those of the machine. */
const withWatches = (count: number) => [
  ...['unshare', '--user', '--map-root-user', 'sh', '-c'],
  `echo ${count} > /proc/sys/user/max_inotify_watches && exec "$@"`,
  'sh',
];
const [unshare = '', ...args] = withWatches(1);
const isPossible = spawnSync(unshare, [...args, 'true']).status === 0;

(isPossible ? describe : describe.skip)('a system with fewer watches than folders', () => {
  let compiled: CompiledProduct;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    compiled = await compileProduct();
    folder = await temporaryFolder();
    for (const instanceId of IDS) {
      await writeInstance(folder.path, { regionId: REGION, instanceId }, { engine: 'MySQL' });
    }
  });
  afterAll(async () => {
    await folder.remove();
    await compiled.remove();
  });

  it.each([0, 3])(
    'with %i, finds what comes, and one warning says what to raise',
    async (count) => {
      const env = { EMBEDDED_DIR: folder.path, EMBEDDED_DIR_CHECK_S: '3600', LINK_REUSE: '0' };
      const product = await startProcess(compiled, env, [], withWatches(count));
      try {
        await until(() => product.output().includes('read the backups'));
        const warnings = () =>
          product
            .output()
            .split('\n')
            .filter((line) => line.includes('"level":40') && line.includes('inotify'));
        await until(() => warnings().length > 0);
        for (const instanceId of IDS) {
          const key = { regionId: REGION, instanceId, backupId: backupOf(instanceId, count) };
          await writeBackup(folder.path, key, { files: { set: 'content' } });
        }
        for (const instanceId of IDS) {
          const query = `{ backup(id: "${REGION}/${instanceId}/${backupOf(instanceId, count)}") { sizeBytes
          downloadURL { ... on MySqlBackupDownloadURL { available } } } }`;
          const answer = await fetch(`${product.origin}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query }),
          });
          expect(await answer.json()).toEqual({
            data: { backup: { sizeBytes: 7, downloadURL: { available: true } } },
          });
        }
        expect(warnings()).toHaveLength(1);
        expect(JSON.parse(warnings()[0] ?? '')).toMatchObject({ code: 'ENOSPC', watches: count });
        expect(warnings()[0]).toContain('fs.inotify.max_user_watches');
      } finally {
        product.kill('SIGTERM');
        await product.exited;
      }
    },
  );
});
