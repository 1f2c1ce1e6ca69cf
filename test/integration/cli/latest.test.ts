import { describe, expect, it } from '@jest/globals';
import { linesOf, runCli } from '../../helpers/cli.js';
import { useProduct } from '../../helpers/product.js';
import { dataHandlers } from '../../helpers/scripted-data.js';
import { ok } from '../../helpers/scripted-replies.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  type Row,
} from '../../helpers/upstream-rows.js';

const INSTANCE = `${REGION}/${MYSQL_INSTANCE}`;
const row = (backupId: string, backupStartTime: string | undefined, fields: Row = {}): Row =>
  mySqlBackupRow({ backupId, backupStartTime, ...fields });

const ROWS = [
  row('one', '2026-11-25T01:00:00'),
  row('two-a', '2026-11-25T02:00:00'),
  row('failed', '2026-11-25T03:00:00', { backupStatus: 'ERROR' }),
  row('undated', undefined),
  row('two-b', '2026-11-25T02:00:00'),
  row('building', '2026-11-25T04:00:00', { backupStatus: 'BUILDING' }),
];
/** More than a page of older ones. */
const OLDER = Array.from({ length: 120 }, (_, i) => row(`old-${i}`, '2026-10-01T00:00:00'));

const { product, upstream } = await useProduct();
const url = ['--url', product.origin];

/** Replaces what the upstream has. */
function serve(backups: readonly Row[], instances: readonly Row[] = [mySqlInstanceRow()]): void {
  const handlers = dataHandlers({ backups, instances });
  for (const [operation, handler] of Object.entries(handlers)) {
    upstream.handle(operation as keyof typeof handlers, handler);
  }
}

describe('the latest backup of an instance', () => {
  it('is the newest that can be downloaded, on whatever page', async () => {
    serve([...OLDER, ...ROWS.toReversed()]);
    const { code, stdout, stderr } = await runCli(['link', `${INSTANCE}/latest`, ...url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^https:\/\/oss\.example\/bucket\/two-b\/\S+\n$/);
    const told = linesOf(stderr);
    expect(told[0]).toBe(`The latest backup is ${INSTANCE}/two-b, started 2026-11-24 18:00:00Z.`);
    expect(told[1]).toMatch(/^A newer one is still in progress: .*\/building, /);
    expect(told[2]).toMatch(/^A newer one failed: .*\/failed, /);
    expect(upstream.counts()).toMatchObject({ describeBackupDownloadURL: 1 });
  });

  it('may be named in several ways', async () => {
    serve(ROWS);
    for (const name of [
      ['latest', '--instance', INSTANCE],
      ['latest', '--instance', MYSQL_INSTANCE, '--region', REGION],
      [`${MYSQL_INSTANCE}/latest`, '--region', REGION],
    ]) {
      const { code, stdout } = await runCli(['link', ...name, ...url]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('/two-b/') });
    }
    const nameless = await runCli(['link', 'latest', ...url]);
    expect(nameless).toMatchObject({ code: 2, stderr: expect.stringContaining('which instance') });
  });

  it('is waited for where it is still in progress', async () => {
    serve(ROWS);
    upstream.handle('describeBackups', ({ index }) =>
      ok({
        backup: ROWS.map((found) =>
          found['backupId'] === 'building' && index > 3
            ? { ...found, backupStatus: 'COMPLETED' }
            : found,
        ),
        totalCount: ROWS.length,
      }),
    );
    const { code, stdout, stderr } = await runCli(['wait', `${INSTANCE}/latest`, ...url]);
    expect(stderr).toContain(`${INSTANCE}/building is still in progress; waiting.\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${INSTANCE}/building\n` });
    expect(upstream.counts()).toMatchObject({ describeBackupDownloadURL: 1 });
  });

  it('is not there where the only one is still in progress', async () => {
    serve([ROWS.at(-1)!]);
    const { code, stdout, stderr } = await runCli(['link', `${INSTANCE}/latest`, ...url]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(`run \`backups wait ${INSTANCE}/latest\``);
    expect(upstream.counts()).not.toHaveProperty('describeBackupDownloadURL');
  });

  it('is not there where there are none, or no instance', async () => {
    serve([]);
    const none = await runCli(['link', `${INSTANCE}/latest`, ...url]);
    expect(none).toMatchObject({ code: 4, stderr: expect.stringContaining('has no backups') });
    const gone = await runCli(['link', `${REGION}/mysql-gone/latest`, ...url]);
    expect(gone).toMatchObject({ code: 4, stderr: expect.stringContaining('no instance') });
    const waited = await runCli(['wait', `${INSTANCE}/latest`, ...url]);
    expect(waited.code).toBe(4);
  });

  it('says that an incremental one needs its full backup too', async () => {
    const files = { backupFiles: ['shop.diff'] };
    serve(
      [
        backupRow({
          backupId: 'diff',
          backupType: 'diff',
          ...files,
          backupStartTime: '2026-11-25T03:00:00',
        }),
        backupRow({ backupId: 'full', backupStartTime: '2026-11-24T03:00:00' }),
        backupRow({ backupId: 'older', backupStartTime: '2026-11-23T03:00:00' }),
      ],
      [instanceRow()],
    );
    const instance = `${REGION}/${String(instanceRow()['instanceId'])}`;
    const { code, stderr } = await runCli(['link', `${instance}/latest`, ...url]);
    expect(code).toBe(0);
    expect(linesOf(stderr)).toEqual([
      expect.stringContaining(`${instance}/diff`),
      expect.stringMatching(/^It is incremental: .*full backup.*\/full, started/),
    ]);
  });
});

it('a backup is found by a unique beginning of its id, and distinguished from others', async () => {
  serve(ROWS);
  const link = (name: string) => runCli(['link', name, ...url]);
  expect(await link(`${INSTANCE}/two-b`)).toMatchObject({ code: 0, stderr: '' });
  expect(await link(`${INSTANCE}/on`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('/one/'),
  });
  const several = await link(`${INSTANCE}/two-`);
  expect(several).toMatchObject({ code: 2, stdout: '' });
  expect(several.stderr).toContain(`${INSTANCE}/two-a, ${INSTANCE}/two-b`);
  expect(await link(`${INSTANCE}/three`)).toMatchObject({ code: 4 });
});

it.each(['', '/', 'a/b/c/d', 'a//c', `${INSTANCE}/../x`, 'ä', '$(id)', '-x', 'x'.repeat(200)])(
  'no call is made for %j, which names no backup',
  async (name) => {
    serve(ROWS);
    const { code, stdout, stderr } = await runCli(['link', ...url, '--', name]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/does not name an? (backup|instance)/);
    expect(upstream.calls()).toEqual([]);
  },
);
