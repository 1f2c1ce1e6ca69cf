import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, type Server, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Secret } from '../../src/config/secret.js';
import type { EmbeddedConfig } from '../../src/config/config.js';
import { temporaryFolder } from '../helpers/closing.js';
import {
  startEmbedded,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { asNormalUser } from '../helpers/normal-user.js';
import { linksOf, signedCall } from '../helpers/signed-call.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };

let folder: string;
let dir: string;
let running: TestEmbedded[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
});

afterEach(async () => {
  await Promise.all(running.map((upstream) => upstream.close(0)));
  running = [];
});

async function start(...args: Parameters<typeof startEmbedded>): Promise<TestEmbedded> {
  const upstream = await startEmbedded(...args);
  running.push(upstream);
  return upstream;
}

function config(changes: Partial<EmbeddedConfig>): EmbeddedConfig {
  return {
    kind: 'embedded',
    store: { kind: 'folder' as const, dir, isDefault: true },
    port: 0,
    maxDownloads: 512,
    fullCheckMs: 300_000,
    credentials: { accessKeyId: 'TESTAK', secretAccessKey: new Secret('TESTSECRET') },
    linkSecrets: [new Secret('L')],
    ...changes,
  };
}

describe('the sample', () => {
  it('is created with a label if the folder is missing, and served at once', async () => {
    const nested = join(dir, 'not', 'there');
    const upstream = await start(nested);
    expect(await readFile(join(nested, 'README.txt'), 'utf8')).toContain('sample data');
    // No partial folder is left.
    expect(await readdir(join(dir, 'not'))).toEqual(['there']);
    expect((await readdir(nested)).sort()).toEqual(['README.txt', 'cn-east-2', 'cn-north-1']);
    const statuses = async (regionId: string, instanceId: string) => {
      const { body } = await signedCall<any>(
        upstream.origin,
        ['v1', 'regions', regionId, 'backups'],
        {
          query: { instanceId, pageNumber: '-1', pageSize: '10' },
        },
      );
      return body.result.backup.map((b: { backupStatus: string }) => b.backupStatus);
    };
    expect(await statuses('cn-north-1', 'sqlserver-83uqv7avy4')).toEqual([
      'BUILDING',
      'ERROR',
      'COMPLETED',
      'COMPLETED',
    ]);
    expect(await statuses('cn-north-1', 'sqlserver-r7d2k9m4xq')).toEqual(['RETAINED']);
    expect(await statuses('cn-east-2', 'mysql-t5h8n3c6wz')).toEqual(['RETAINED']);
    expect(await statuses('cn-east-2', 'mariadb-k2v7p9s4qd')).toEqual(['COMPLETED']);
    expect(await statuses('cn-east-2', 'percona-x6b3m8f1ju')).toEqual(['COMPLETED']);
  });

  it('is not added to an existing folder, even an empty one', async () => {
    await mkdir(dir);
    await start(dir);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is rejected, naming the setting, if the path is a file', async () => {
    await writeFile(dir, '');
    await expect(start(dir)).rejects.toThrow('EMBEDDED_DIR');
    await expect(start(join(dir, 'below'))).rejects.toThrow(
      /^EMBEDDED_DIR: cannot create the folder .*: ENOTDIR\.$/,
    );
  });

  it('is rejected, with advice, if the user may not write', async () => {
    await chmod(folder, 0o555);
    await expect(asNormalUser(() => start(dir))).rejects.toThrow(
      /^EMBEDDED_DIR: cannot create the folder .*: EACCES\. Set EMBEDDED_DIR to an existing folder, or start in one where this user \(uid \d+\) can write\.$/,
    );
    await chmod(folder, 0o755);
  });
});

describe('JSON files', () => {
  it('that are invalid cost only their row and one warning with the path from the root', async () => {
    await writeInstance(dir, KEY, { engine: 'MySQL' });
    await writeInstance(dir, { ...KEY, instanceId: 'mysql-2' }, '{"engine": 5}');
    await writeBackup(dir, KEY, { files: { set: '1' } });
    await writeBackup(dir, { ...KEY, backupId: 'mybk-2' }, { manifest: '{', files: { set: '2' } });
    const upstream = await start(dir);
    const list = () =>
      signedCall<any>(upstream.origin, ['v1', 'regions', KEY.regionId, 'backups'], {
        query: { instanceId: KEY.instanceId, pageNumber: '1', pageSize: '10' },
      });
    for (const { body } of [await list(), await list()]) {
      expect(body.result.totalCount).toBe(1);
    }
    const instances = await signedCall<any>(upstream.origin, [
      'v1',
      'regions',
      KEY.regionId,
      'instances',
    ]);
    expect(instances.body.result.totalCount).toBe(1);
    const warnings = upstream.log
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === 40);
    expect(warnings.map(({ file }) => String(file)).sort()).toEqual([
      'cn-north-1/mysql-1/mybk-2/backup.json',
      'cn-north-1/mysql-2/instance.json',
    ]);
  });

  it('that are pipes, links, folders or huge are invalid, and delay nobody', async () => {
    const real = join(folder, 'outside.json');
    await writeFile(real, '{"backupName": "outside"}');
    const ids = ['link', 'folder', 'huge', ...Array.from({ length: 8 }, (_, i) => `pipe-${i}`)];
    for (const backupId of ids) {
      await writeBackup(dir, { ...KEY, backupId }, { files: { set: '1' } });
      const path = join(dir, KEY.regionId, KEY.instanceId, backupId, 'backup.json');
      if (backupId === 'link') await symlink(real, path);
      else if (backupId === 'folder') await mkdir(path);
      else if (backupId === 'huge') await writeFile(path, `{}${' '.repeat(2 ** 20)}`);
      else execFileSync('mkfifo', [path]);
    }
    await writeInstance(dir, KEY, { engine: 'MySQL' });
    await writeBackup(dir, KEY, { manifest: { backupName: 'good' }, files: { set: '1' } });
    const upstream = await start(dir);
    const { body } = await signedCall<any>(
      upstream.origin,
      ['v1', 'regions', KEY.regionId, 'backups'],
      { query: { instanceId: KEY.instanceId, pageNumber: '1', pageSize: '100' } },
    );
    expect(body.result.backup.map((row: any) => row.backupName)).toEqual(['good']);
    expect(upstream.log.filter((line) => line.includes('not a regular file'))).toHaveLength(11);
  });
});

describe('addresses', () => {
  it('include 127.0.0.1 and localhost, whatever localhost resolves to', async () => {
    const { origin } = await start(dir);
    const { port } = new URL(origin);
    for (const host of ['127.0.0.1', 'localhost', ...((await hasIpv6()) ? ['[::1]'] : [])]) {
      expect((await fetch(`http://${host}:${port}/`)).status).toBe(404);
    }
  });

  it('configured for links are used in them', async () => {
    const upstream = await start(dir, {
      config: config({
        publicUrl: 'https://dl.example/rds',
        internalUrl: 'http://internal.example',
      }),
    });
    const backupId = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
    const { body } = await linksOf(upstream.origin, { ...KEY, backupId });
    expect(body.result.publicURL).toMatch(/^https:\/\/dl\.example\/rds\/download\/cn-north-1\//);
    expect(body.result.internalURL).toMatch(/^http:\/\/internal\.example\/download\/cn-north-1\//);
  });

  it.each(['127.0.0.1', '::1'])(
    'in use on %s stop the start and name the setting',
    async (host) => {
      if (host === '::1' && !(await hasIpv6())) return;
      const other = createServer();
      await listenOn(other, host);
      const { port } = other.address() as AddressInfo;
      try {
        await expect(start(dir, { config: config({ port }) })).rejects.toThrow('EMBEDDED_PORT');
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    },
  );
});

describe('closing', () => {
  const SIZE = 64 * 1024 * 1024;

  async function beginDownload(upstream: TestEmbedded): Promise<IncomingMessage> {
    const { body } = await linksOf(upstream.origin, KEY);
    return new Promise((resolve, reject) => {
      get(body.result.publicURL, { agent: new Agent({ keepAlive: true }) }, resolve).once(
        'error',
        reject,
      );
    });
  }

  async function startWithBigFile(): Promise<TestEmbedded> {
    await writeInstance(dir, KEY, { engine: 'MySQL' });
    const files = await writeBackup(dir, KEY, { files: { set: '' } });
    await truncate(join(files, 'set'), SIZE);
    return start(dir);
  }

  it('completes a running download and accepts no new connection', async () => {
    const upstream = await startWithBigFile();
    const response = await beginDownload(upstream);
    const closed = upstream.close();
    await expect(fetch(upstream.origin)).rejects.toThrow();
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(SIZE);
    await closed;
  });

  it('cuts a download off after the grace period', async () => {
    const upstream = await startWithBigFile();
    const response = await beginDownload(upstream);
    await upstream.close(10);
    const read = async () => {
      await pipeline(response, new PassThrough().resume());
    };
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

async function hasIpv6(): Promise<boolean> {
  const probe = createServer();
  try {
    await listenOn(probe, '::1');
    await new Promise((resolve) => probe.close(resolve));
    return true;
  } catch {
    return false;
  }
}

function listenOn(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
}
