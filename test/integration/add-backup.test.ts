import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addedText } from '../../src/cli/terminal/added-text.js';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded, writeInstance, type TestEmbedded } from '../helpers/embedded.js';
import { addToFolder } from '../helpers/own-store.js';
import { backupsOf, linksOf } from '../helpers/signed-call.js';

const REGION = 'cn-north-1';

let upstream: TestEmbedded;

const folder = temporaryFolder();
const cwd = join(folder, 'dumps');
const dir = join(folder, 'data');
await mkdir(join(cwd, 'a-folder'), { recursive: true });
await mkdir(join(cwd, 'other'));
for (const name of [
  'shop.bak',
  'crm.bak',
  '订单库.bak',
  'shop.diff',
  'set.xbstream',
  'other/shop.bak',
  '.bak',
]) {
  await writeFile(join(cwd, name), `bytes of ${name}`);
}
await utimes(join(cwd, 'set.xbstream'), 0, Date.parse('2026-01-07T07:14:07Z') / 1000);

beforeEach(async () => {
  await mkdir(dir);
  upstream = await startEmbedded(dir);
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function add(...args: string[]): Promise<string> {
  return addedText(await addToFolder(args, { dir, cwd }), null);
}

const sqlServer = ['--region', REGION, '--instance', 'sqlserver-1', '--engine', 'SQL Server'];
const mySql = ['--region', REGION, '--instance', 'mysql-1', '--engine', 'MySQL'];

async function rows(instanceId: string): Promise<any[]> {
  return (await backupsOf(upstream.origin, { regionId: REGION, instanceId })).body.result.backup;
}

describe('adding a backup', () => {
  it('of SQL Server with several files makes a running server serve each', async () => {
    const files = ['--file', 'shop.bak', '--file', '订单库.bak'];
    const text = await add(...sqlServer, ...files, '--name', 'mine');
    const [row] = await rows('sqlserver-1');
    expect(row).toMatchObject({
      backupName: 'mine',
      backupStatus: 'COMPLETED',
      backupMode: 'manual',
      backupType: 'full',
      backupFiles: ['shop.bak', '订单库.bak'],
    });
    expect(text).toContain(`Added ${REGION}/sqlserver-1/${row.backupId}\n`);
    expect(text).toContain(`backup(id: "${REGION}/sqlserver-1/${row.backupId}")`);
    expect(text).toContain('downloadURL(expiresIn: 3600)');
    for (const fileName of row.backupFiles as string[]) {
      const { body } = await linksOf(upstream.origin, { regionId: REGION, ...row }, { fileName });
      expect(await (await fetch(body.result.publicURL)).text()).toBe(`bytes of ${fileName}`);
    }
  });

  it('of the MySQL family keeps the modification time of its file', async () => {
    const text = await add(...mySql, '--file', 'set.xbstream');
    const [row] = await rows('mysql-1');
    expect(row.backupStartTime).toBe('2026-01-07T15:14:07');
    expect(row).not.toHaveProperty('backupType');
    expect(text).toContain('... on MySqlBackupDownloadURL');
  });

  it('accepts another spelling of an engine and writes the name as the API does', async () => {
    const args = ['--region', REGION, '--instance', 'any-1', '--engine', 'sql-server'];
    await add(...args, '--file', 'shop.bak', '--file', 'crm.bak', '--backup-id', 'b');
    expect(await rows('any-1')).toMatchObject([{ backupFiles: ['crm.bak', 'shop.bak'] }]);
    const instance = await readFile(join(dir, REGION, 'any-1', 'instance.json'), 'utf8');
    expect(JSON.parse(instance)).toEqual({ engine: 'SQL Server' });
  });

  it('accepts an instance whose engine is spelled differently', async () => {
    await writeInstance(dir, { regionId: REGION, instanceId: 'mysql-1' }, { engine: 'my-sql' });
    await add(...mySql, '--file', 'set.xbstream', '--backup-id', 'b');
    expect(await rows('mysql-1')).toMatchObject([{ backupId: 'b' }]);
  });

  it('accepts an id, a type and an existing instance', async () => {
    await add(...sqlServer, '--file', 'shop.bak', '--backup-id', 'full-1');
    await add(...sqlServer, '--file', 'shop.diff', '--backup-id', 'diff-1');
    await add(...sqlServer, '--file', 'shop.bak', '--backup-id', 'diff-2', '--type', 'diff');
    const types = (await rows('sqlserver-1')).map((row) => `${row.backupId} ${row.backupType}`);
    expect(types.sort()).toEqual(['diff-1 diff', 'diff-2 diff', 'full-1 full']);
  });

  it('links instead of copying on request', async () => {
    await add(...mySql, '--file', 'set.xbstream', '--backup-id', 'b', '--link');
    const target = join(dir, REGION, 'mysql-1', 'b', 'files', 'set.xbstream');
    expect((await stat(target)).ino).toBe((await stat(join(cwd, 'set.xbstream'))).ino);
  });

  it('creates a missing folder without the sample', async () => {
    const fresh = join(folder, 'fresh');
    await addToFolder([...mySql, '--file', 'set.xbstream', '--backup-id', 'b'], {
      dir: fresh,
      cwd,
    });
    expect(await readdir(fresh)).toEqual([REGION]);
    const instance = await readFile(join(fresh, REGION, 'mysql-1', 'instance.json'), 'utf8');
    expect(JSON.parse(instance)).toEqual({ engine: 'MySQL' });
    expect((await readdir(join(fresh, REGION, 'mysql-1'))).sort()).toEqual(['b', 'instance.json']);
  });
});

describe('add-backup rejects', () => {
  const file = ['--file', 'set.xbstream'];

  it.each<[string, string[], string[]]>([
    [
      'an engine it does not know',
      [...mySql.slice(0, 4), '--engine', 'Oracle', ...file],
      ['--engine: expected one of "SQL Server", "MySQL", "MariaDB", "Percona"'],
    ],
    [
      'PostgreSQL',
      [...mySql.slice(0, 4), '--engine', 'PostgreSQL', ...file],
      ['PostgreSQL backups have no download link'],
    ],
    ['no file', mySql, ['--file: at least one']],
    [
      'the id of the newest',
      [...mySql, ...file, '--backup-id', 'latest'],
      ['"latest" is reserved'],
    ],
    ['an object of a bucket', [...mySql, '--object', 'a/x'], ['--object: only for a bucket']],
    ['a name that is never listed', [...mySql, '--file', '.bak'], ['a file named ".bak" is never']],
    ['a file and an object', [...mySql, ...file, '--object', 'a/x'], ['give --file or --object']],
    ['a missing file', [...mySql, '--file', 'none'], ['none does not exist']],
    ['a folder', [...mySql, '--file', 'a-folder'], ['a-folder is not a regular file']],
    [
      'several files of MySQL',
      [...mySql, ...file, '--file', 'shop.bak'],
      ['a MySQL backup is a single file'],
    ],
    [
      'two files with the same name',
      [...sqlServer, '--file', 'shop.bak', '--file', 'other/shop.bak'],
      ['two files have the name "shop.bak"'],
    ],
    ['a type of MySQL', [...mySql, ...file, '--type', 'full'], ['--type: is for SQL Server only']],
    [
      'an unknown type',
      [...sqlServer, '--file', 'shop.bak', '--type', 'log'],
      ['--type: expected full or diff'],
    ],
    ['an unknown option', [...mySql, ...file, '--colour'], ['--colour']],
    ['a bare word', [...mySql, ...file, 'set.xbstream'], ['set.xbstream']],
    [
      'invalid ids and everything else, at once',
      ['--region', '../x', '--instance', 'a/b', '--backup-id', '.', '--engine', 'DB2'],
      ['--region', '--instance', '--backup-id', '--engine', '--file'],
    ],
  ])('%s', async (_, args, reasons) => {
    const failure = await add(...args).catch((error: unknown) => error as Error);
    for (const reason of reasons) expect((failure as Error).message).toContain(reason);
    expect(await readdir(dir)).toEqual([]);
  });
});
