import { hash } from 'node:crypto';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addBackup, type AddBackupOptions } from '../../src/embedded/admin/add-backup.js';
import { createOwnBucket } from '../../src/embedded/admin/bucket/own-bucket.js';
import { createOwnFolder } from '../../src/embedded/admin/folder/own-folder.js';
import type { OwnBackup, OwnFilter, OwnStore } from '../../src/embedded/admin/own-store.js';
import type { CataloguedBackup } from '../../src/embedded/catalogue/catalogued-backup.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { temporaryFolder } from '../helpers/closing.js';
import { openTestBucket } from '../helpers/bucket-store.js';
import { openCatalogue } from '../helpers/folder-catalogue.js';
import { describeWithSwift, startSwift, type Swift } from '../helpers/swift.js';

/** What a store of own backups keeps, wherever it keeps it. */
interface Place {
  readonly store: OwnStore;
  /** Puts a file there by hand, by its path below the root of the layout. */
  put(path: string, text: string): Promise<void>;
  /** What a server that starts now lists of an instance. */
  listed(instanceId: string): Promise<readonly CataloguedBackup[]>;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
const REGION = 'cn-north-1';
const MYSQL = ['--region', REGION, '--instance', 'mysql-1', '--engine', 'MariaDB'];
const SQL = ['--region', REGION, '--instance', 'sql-1', '--engine', 'SQL Server'];
const keyOf = (backupId: string, instanceId = 'mysql-1') => ({
  regionId: REGION,
  instanceId,
  backupId,
});
const logger = createLogger('silent');
const settings = { timeZone: '+08:00', logger };

let swift: Swift;

const folder = temporaryFolder();
const large = Buffer.alloc(3 * MIB + 17, 'rows, ');
const files = { 'dump.sql': 'rows', 'shop.bak': 'shop', 'crm.bak': 'crm', 'empty.sql': '' };
for (const [name, text] of Object.entries({ ...files, 'large.sql': large })) {
  await writeFile(join(folder, name), text);
}

async function inFolder(): Promise<Place> {
  const dir = join(folder, 'data');
  await mkdir(dir);
  const store = createOwnFolder({ dir, ...settings });
  return {
    store,
    async put(path, text) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    },
    async listed(instanceId) {
      const catalogue = await openCatalogue(dir);
      const backups = await catalogue.backups({ regionId: REGION, instanceId });
      await catalogue.close();
      return backups ?? [];
    },
    async close() {
      store.close();
      await rm(dir, { recursive: true });
    },
  };
}

async function inBucket(): Promise<Place> {
  const bucket = await swift.createBucket();
  const config = swift.config(bucket, 'own/');
  const store = createOwnBucket({ config, ...settings });
  return {
    store,
    put: (path, text) => swift.put(bucket, `own/${path}`, text),
    async listed(instanceId) {
      const opened = await openTestBucket(config);
      const backups = await opened.catalogue.backups({ regionId: REGION, instanceId });
      await opened.close();
      return backups ?? [];
    },
    close: () => {
      store.close();
      return Promise.resolve();
    },
  };
}

describe('the folder of own backups', () => {
  everyStore(inFolder);
});

describeWithSwift('the bucket of own backups', () => {
  beforeAll(async () => {
    swift = await startSwift();
  });

  everyStore(inBucket);
});

function everyStore(open: () => Promise<Place>): void {
  let place: Place;
  beforeEach(async () => {
    place = await open();
  });
  afterEach(() => place.close());

  const add = (args: readonly string[], options: Partial<AddBackupOptions> = {}) =>
    addBackup(args, { store: place.store, cwd: folder, ...options });

  const ids = async (instanceId = 'mysql-1'): Promise<string[]> =>
    (await place.listed(instanceId)).map(({ key }) => key.backupId);

  async function own(filter: OwnFilter = {}): Promise<OwnBackup[]> {
    const all: OwnBackup[] = [];
    for await (const backups of place.store.list(filter)) all.push(...backups);
    return all;
  }
  const brief = (backups: readonly OwnBackup[]): string[] =>
    backups.map(({ kind, key }) => `${key.instanceId}/${key.backupId} ${kind}`);

  it('adds a file with its digest, for the owner and for a server', async () => {
    const told: number[] = [];
    const added = await add([...MYSQL, '--backup-id', 'b-1', '--file', 'large.sql'], {
      onProgress: ({ done, total }) => void told.push(done / total),
    });
    const content = Buffer.alloc(3 * MIB + 17, 'rows, ');
    const sha256 = hash('sha256', content);
    expect(added).toMatchObject({
      key: keyOf('b-1'),
      engine: 'MARIADB',
      files: [{ name: 'large.sql', sizeBytes: content.length, sha256 }],
    });
    expect(told.at(-1)).toBe(1);
    const [row] = await place.listed('mysql-1');
    expect(row).toMatchObject({
      engine: 'MARIADB',
      unavailableFiles: [],
      manifest: {
        backupStatus: 'COMPLETED',
        backupMode: 'manual',
        backupSizeByte: content.length,
      },
    });
    const [listed] = await own();
    expect(listed).toMatchObject({ kind: 'listed', key: keyOf('b-1') });
    expect(await place.store.find(keyOf('b-1'))).toMatchObject({
      backup: { files: [{ version: row?.files[0]?.version }] },
    });
    expect(JSON.stringify(listed)).toContain(sha256);
  });

  it('adds the files of each database of SQL Server as one backup', async () => {
    const files = ['--file', 'shop.bak', '--file', 'crm.bak'];
    await add([...SQL, ...files, '--name', 'mine', '--backup-id', 'b-1']);
    expect(await place.listed('sql-1')).toMatchObject([
      {
        files: [
          { name: 'crm.bak', size: 3 },
          { name: 'shop.bak', size: 4 },
        ],
        manifest: { backupName: 'mine', backupType: 'full', backupSizeByte: 7 },
      },
    ]);
  });

  it('adds to a deleted instance, and says the engine in the backup', async () => {
    await place.put(`${REGION}/mysql-1/old/files/x.sql`, 'x');
    await add([...MYSQL, '--backup-id', 'new', '--file', 'dump.sql']);
    const added = (await place.listed('mysql-1')).find(({ key }) => key.backupId === 'new');
    expect(added).toMatchObject({ engine: 'MARIADB', manifest: { backupStatus: 'RETAINED' } });
  });

  it('adds three backups at once to an instance that none of them finds', async () => {
    const adding = ['b-1', 'b-2', 'b-3'].map((id) =>
      add([...MYSQL, '--backup-id', id, '--file', 'dump.sql']),
    );
    await Promise.all(adding);
    expect((await ids()).sort()).toEqual(['b-1', 'b-2', 'b-3']);
    expect((await place.listed('mysql-1')).map(({ engine }) => engine)).toEqual(
      Array(3).fill('MARIADB'),
    );
  });

  it('refuses an id that the region has, another engine, and faults of files, all at once', async () => {
    await add([...MYSQL, '--backup-id', 'b-1', '--file', 'dump.sql']);
    const taken = add([...SQL, '--backup-id', 'b-1', '--file', 'shop.bak']);
    await expect(taken).rejects.toThrow('the region already has a backup b-1');
    const wrong = [...MYSQL.slice(0, 4), '--engine', 'MySQL', '--file', 'none.sql'];
    const error = await add(wrong).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      fault: 'usage',
      faults: [
        expect.stringContaining('none.sql does not exist'),
        '--engine: the instance mysql-1 has the engine "MariaDB"',
      ],
    });
    expect(await ids()).toEqual(['b-1']);
    expect(await place.listed('sql-1')).toEqual([]);
  });

  it('refuses an instance whose description is not valid', async () => {
    await place.put(`${REGION}/mysql-1/instance.json`, '{"engine": 5}');
    await expect(add([...MYSQL, '--file', 'dump.sql'])).rejects.toThrow(
      /cn-north-1\/mysql-1\/instance\.json is not valid/,
    );
  });

  it('takes an empty file only where that is meant', async () => {
    const args = [...MYSQL, '--backup-id', 'b-1', '--file', 'empty.sql'];
    await expect(add(args)).rejects.toThrow('empty.sql is empty; add --allow-empty');
    const { files } = await add([...args, '--allow-empty']);
    expect(files).toEqual([{ name: 'empty.sql', sizeBytes: 0, sha256: hash('sha256', '') }]);
    expect(await ids()).toEqual(['b-1']);
  });

  it('refuses a file that somebody writes to meanwhile, and lists nothing', async () => {
    const path = join(folder, 'growing.sql');
    await writeFile(path, Buffer.alloc(17 * MIB));
    let isWritten = false;
    const adding = add([...MYSQL, '--file', 'growing.sql'], {
      onProgress: () => {
        if (!isWritten) void appendFile(path, 'more');
        isWritten = true;
      },
    });
    await expect(adding).rejects.toThrow(/changed while it was being/);
    expect(await ids()).toEqual([]);
  });

  it('lists nothing of what was stopped, and the same command completes it', async () => {
    const stop = new AbortController();
    const path = join(folder, 'long.sql');
    await writeFile(path, Buffer.alloc(17 * MIB, 'long, '));
    const args = [...MYSQL, '--backup-id', 'b-1', '--file', 'long.sql'];
    const stopped = add(args, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort(new Error('Stopped by SIGINT.'));
      },
    });
    await expect(stopped).rejects.toThrow(/^Stopped by SIGINT; /);
    expect(await ids()).toEqual([]);
    await add(args);
    expect(await ids()).toEqual(['b-1']);
    expect(brief(await own())).toEqual(['mysql-1/b-1 listed']);
  });

  it('lists for its owner what a server lists, and what it does not', async () => {
    const at = (id: string, day: string) =>
      place.put(
        `${REGION}/mysql-1/${id}/backup.json`,
        `{"backupStartTime": "2026-01-${day}T00:00:00"}`,
      );
    await place.put(`${REGION}/mysql-1/instance.json`, '{"engine": "MySQL"}');
    for (const [id, day] of [
      ['older', '01'],
      ['newer', '02'],
    ] as const) {
      await at(id, day);
      await place.put(`${REGION}/mysql-1/${id}/files/x.sql`, 'x');
    }
    await place.put(`${REGION}/mysql-1/broken/backup.json`, '{"backupName": 5}');
    await place.put(`${REGION}/sql-1/b-1/backup.json`, '{"backupFiles": ["a.bak", "b.bak"]}');
    await place.put(`${REGION}/sql-1/b-1/files/a.bak`, 'a');
    expect(await ids()).toEqual(['newer', 'older']);
    expect(brief(await own())).toEqual([
      'mysql-1/newer listed',
      'mysql-1/older listed',
      'mysql-1/broken unreadable',
      'sql-1/b-1 listed',
    ]);
    expect(brief(await own({ instanceId: 'sql-1' }))).toEqual(['sql-1/b-1 listed']);
    expect(await own({ regionId: 'elsewhere' })).toEqual([]);
    expect(await place.store.find(keyOf('b-1', 'sql-1'))).toMatchObject({
      backup: { unavailableFiles: ['b.bak'] },
    });
    expect(await place.store.find(keyOf('broken'))).toMatchObject({ kind: 'unreadable' });
    expect(await place.store.find(keyOf('none'))).toBeNull();
  });

  it('removes a backup as a whole, and nothing else', async () => {
    await add([...MYSQL, '--backup-id', 'b-1', '--file', 'dump.sql']);
    await add([...MYSQL, '--backup-id', 'b-2', '--file', 'dump.sql']);
    await place.put(`${REGION}/mysql-1/broken/backup.json`, '{"backupName": 5}');
    for (const id of ['b-1', 'broken']) {
      await place.store.remove(keyOf(id), (text) => {
        throw new Error(text);
      });
    }
    expect(await ids()).toEqual(['b-2']);
    expect(brief(await own())).toEqual(['mysql-1/b-2 listed']);
    expect(await place.store.find(keyOf('b-1'))).toBeNull();
  });
}
