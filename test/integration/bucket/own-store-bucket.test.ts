import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/load-config.js';
import type { BucketStoreConfig } from '../../../src/config/config.js';
import { addBackup, type AddBackupOptions } from '../../../src/embedded/admin/add-backup.js';
import { createOwnBucket } from '../../../src/embedded/admin/bucket/own-bucket.js';
import type { OwnBackup, OwnStore } from '../../../src/embedded/admin/own-store.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { temporaryFolder } from '../../helpers/closing.js';
import { openTestBucket } from '../../helpers/bucket-store.js';
import { SHIPPED } from '../../helpers/product-process.js';
import { type StoreProxy, startStoreProxy } from '../../helpers/store-proxy.js';
import { describeWithSwift, startSwift, type Swift } from '../../helpers/swift.js';
import { until } from '../../helpers/until.js';

const MIB = 1024 * 1024;
const KEYS = ['--region', 'cn-north-1', '--instance', 'mysql-1', '--engine', 'MariaDB'];
const GIVEN = [...KEYS, '--backup-id', 'b-1', '--file', 'dump.sql'];
const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'b-1' };
const SMALL = [...KEYS, '--backup-id', 'b-1', '--file', 'small.sql'];
/** Two parts, the last one smaller. */
const CONTENT = Buffer.alloc(17 * MIB, 'rows of a dump, ');
const SHA256 = hash('sha256', CONTENT);

const unexpected = (text: string): void => {
  throw new Error(text);
};

describeWithSwift('adding to a bucket', () => {
  let swift: Swift;
  let proxy: StoreProxy;
  let folder: string;
  let bucket: string;
  let config: BucketStoreConfig;
  let env: Record<string, string>;
  let store: OwnStore;

  beforeAll(async () => {
    swift = await startSwift();
    folder = temporaryFolder();
    await writeFile(join(folder, 'dump.sql'), CONTENT);
    await writeFile(join(folder, 'small.sql'), 'small');
  });

  beforeEach(async () => {
    proxy = await startStoreProxy(swift.endpoint);
    bucket = await swift.createBucket();
    env = { ...swift.settings(bucket, 'own'), AWS_ENDPOINT_URL_S3: proxy.endpoint };
    const { source } = (await loadConfig(env)).config.upstream;
    config = (source as { store: BucketStoreConfig }).store;
    const logger = createLogger('debug', { write: () => undefined });
    store = createOwnBucket({ config, timeZone: '+08:00', logger });
  });

  afterEach(() => {
    store.close();
  });

  const add = (args: readonly string[] = GIVEN, options: Partial<AddBackupOptions> = {}) =>
    addBackup(args, { store, cwd: folder, ...options });

  const writes = (): string[] =>
    proxy.calls
      .filter(({ method }) => /PUT|DELETE/.test(method))
      .map(({ method, path }) => `${method} ${path}`);

  /** What a server that starts now lists. */
  async function listed(): Promise<string[]> {
    const opened = await openTestBucket(config);
    const backups = (await opened.catalogue.backups(KEY)) ?? [];
    await opened.close();
    return backups.map(({ key }) => key.backupId);
  }

  it('sends a file in parts, and shows no half of it: its manifest is written last', async () => {
    const told: number[] = [];
    const added = await add(GIVEN, { onProgress: ({ done }) => void told.push(done) });
    expect(added).toMatchObject({
      files: [{ name: 'dump.sql', sizeBytes: CONTENT.length, sha256: SHA256 }],
      place: `s3://${bucket}/own/cn-north-1/mysql-1/b-1/`,
    });
    expect(told).toEqual([expect.any(Number), CONTENT.length]);
    const opened = await openTestBucket(config);
    const backup = await opened.backup('cn-north-1/mysql-1/b-1');
    expect(backup?.checksums).toEqual({
      'dump.sql': { sha256: SHA256, version: backup?.files[0]?.version },
    });
    const link = await opened.link('cn-north-1/mysql-1/b-1');
    const body = Buffer.from(await (await fetch(link!.publicURL)).arrayBuffer());
    expect(hash('sha256', body)).toBe(SHA256);
    expect(writes().slice(-2)).toEqual([
      `PUT /${bucket}/own/cn-north-1/mysql-1/b-1/backup.json`,
      `DELETE /${bucket}/own/cn-north-1/mysql-1/b-1/.incomplete`,
    ]);
  });

  it('finds the whole object where only the manifest was not written', async () => {
    proxy.refuse((call) => call.method === 'PUT' && call.path.endsWith('/backup.json'));
    await expect(add(SMALL)).rejects.toMatchObject({ name: 'StoreError' });
    expect(await listed()).toEqual([]);
    proxy.refuse(() => false);
    const kept: number[] = [];
    await add(SMALL, { onProgress: (progress) => void kept.push(progress.kept) });
    expect(kept).toEqual([5]);
    expect(await listed()).toEqual(['b-1']);
  });

  it('links no files', async () => {
    await expect(add([...GIVEN, '--link'])).rejects.toThrow('--link: only for a folder');
  });

  it('takes objects that stand elsewhere, and copies nothing', async () => {
    await swift.put(bucket, 'mssql/shop_2026.bak', 'shop');
    const Body = Buffer.from('packed');
    const packed = { Bucket: bucket, Key: 'mssql/crm.bak', Body, ContentEncoding: 'gzip' };
    await swift.client.send(new PutObjectCommand(packed));
    const warnings: string[] = [];
    const args = ['--region', 'cn-north-1', '--instance', 'sql-1', '--engine', 'sql server'];
    const objects = ['--object', 'mssql/shop_2026.bak', '--object', 'mssql/crm.bak'];
    const added = await add([...args, ...objects, '--backup-id', 'b-1'], {
      warn: (text) => void warnings.push(text),
    });
    expect(added.files).toEqual([
      { name: 'shop_2026.bak', sizeBytes: 4, sha256: null },
      { name: 'crm.bak', sizeBytes: 6, sha256: null },
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/^mssql\/crm\.bak is stored with Content-Encoding gzip: browsers/),
    ]);
    const opened = await openTestBucket(config);
    const link = await opened.link('cn-north-1/sql-1/b-1', 60, 'shop_2026.bak');
    expect(await (await fetch(link!.publicURL)).text()).toBe('shop');
    await opened.close();
    await store.remove({ ...KEY, instanceId: 'sql-1' }, unexpected);
    const head = new HeadObjectCommand({ Bucket: bucket, Key: 'mssql/shop_2026.bak' });
    expect((await swift.client.send(head)).ContentLength).toBe(4);
  });

  it.each([
    ['mssql/none.bak', 'is not in the bucket'],
    ['mssql/', 'is not an object key'],
    ['a/../b.bak', 'a link cannot contain the key'],
    ['mssql/empty.bak', 'is empty; add --allow-empty'],
  ])('refuses the object %s', async (key, reason) => {
    await swift.put(bucket, 'mssql/empty.bak', '');
    const args = ['--region', 'cn-north-1', '--instance', 'sql-1', '--engine', 'SQL Server'];
    await expect(add([...args, '--object', key])).rejects.toThrow(reason);
  });

  it('hides a backup before it removes anything, and shows no half of it', async () => {
    await add(SMALL);
    const before = writes().length;
    await store.remove(KEY, unexpected);
    const removal = writes().slice(before);
    const marker = `/${bucket}/own/cn-north-1/mysql-1/b-1/.incomplete`;
    expect([removal[0], removal.at(-1)]).toEqual([`PUT ${marker}`, `DELETE ${marker}`]);
    expect(await listed()).toEqual([]);
  });

  describe('an upload that was stopped', () => {
    const NEW = [...KEYS, '--file', 'dump.sql'];
    let warnings: string[];
    const warn = (text: string): void => void warnings.push(text);

    /** Stops once the first part is in the store. @returns the backup id */
    async function stopped(args: readonly string[]): Promise<string> {
      warnings = [];
      const stop = new AbortController();
      const options = {
        signal: stop.signal,
        onProgress: () => {
          stop.abort(new Error('Stopped'));
        },
      };
      await expect(add(args, options)).rejects.toThrow(
        'Stopped; uploaded parts are kept; run the same command again to resume',
      );
      expect(await listed()).toEqual([]);
      const found: OwnBackup[] = [];
      for await (const page of store.list({})) found.push(...page);
      expect(found).toMatchObject([{ kind: 'unfinished' }]);
      return found[0]!.key.backupId;
    }

    const openUploads = async () =>
      (await swift.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [];

    async function leftOver(): Promise<string[]> {
      const Uploads = await openUploads();
      const { Contents = [] } = await swift.client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: 'own/' }),
      );
      const keys = Contents.map(({ Key = '' }) => Key);
      return [...Uploads.map(({ Key = '' }) => `upload of ${Key}`), ...keys];
    }

    it('is resumed though its file was touched, and leaves nothing else behind', async () => {
      const id = await stopped(NEW);
      const now = new Date();
      await utimes(join(folder, 'dump.sql'), now, now);
      expect((await add(NEW, { warn })).key.backupId).toBe(id);
      expect(warnings).toEqual([`Resuming ${id}, which an earlier run started.`]);
      expect(proxy.parts().sort()).toEqual([1, 2]);
      expect((await leftOver()).map((key) => key.split('/').at(-1))).toEqual([
        'backup.json',
        'dump.sql',
        'instance.json',
      ]);
    });

    it('starts over where the store has thrown its parts away', async () => {
      const id = await stopped(NEW);
      for (const { Key, UploadId } of await openUploads()) {
        await swift.client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      }
      await add(NEW, { warn });
      expect(warnings).toEqual([
        `Starting ${id} over: the store has no part of it from the earlier run.`,
      ]);
      expect(await listed()).toEqual([id]);
    });

    it('is named to its owner, not mixed with other files, and removed with its open upload', async () => {
      const id = await stopped(GIVEN);
      const hint = 'cn-north-1/mysql-1/b-1 is an unfinished upload of other files';
      await expect(add(SMALL)).rejects.toThrow(
        `${hint}; remove it first with \`backups remove cn-north-1/mysql-1/b-1\``,
      );
      const { key } = await add([...KEYS, '--file', 'small.sql'], { warn });
      expect(warnings).toEqual([expect.stringContaining(hint)]);
      expect(await listed()).toEqual([key.backupId]);
      await store.remove(key, unexpected);
      expect(await leftOver()).toContainEqual(expect.stringMatching(/^upload of .*dump\.sql$/));
      await store.remove({ ...KEY, backupId: id }, unexpected);
      expect(await leftOver()).toEqual([expect.stringMatching(/instance\.json$/)]);
    });
  });

  it('resumes in a new process after one that was killed', async () => {
    const start = (): ChildProcess =>
      spawn(process.execPath, [SHIPPED.addBackup, ...GIVEN], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    proxy.hold((call) => call.query.get('partNumber') === '2');
    const killed = start();
    await until(() => proxy.parts().includes(1));
    killed.kill('SIGKILL');
    await once(killed, 'close');
    proxy.hold(() => false);
    expect(await listed()).toEqual([]);
    const [code] = (await once(start(), 'close')) as [number];
    expect(code).toBe(0);
    expect(proxy.parts().sort()).toEqual([1, 2]);
    expect(await listed()).toEqual(['b-1']);
  });
});
