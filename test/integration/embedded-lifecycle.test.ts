import { beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { closing, temporaryFolder } from '../helpers/closing.js';
import {
  beginDownload,
  startEmbedded,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { asNormalUser } from '../helpers/normal-user.js';
import { backupsOf, linksOf } from '../helpers/signed-call.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
const LOOPBACK = Object.values(networkInterfaces()).flat();
const HAS_IPV6 = LOOPBACK.some((one) => one?.address === '::1');

let folder: string;
let dir: string;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
});

describe('the sample', () => {
  it('is created with a label if the folder is missing, and served at once', async () => {
    const nested = join(dir, 'not', 'there');
    const upstream = await startEmbedded(nested);
    expect(await readFile(join(nested, 'README.txt'), 'utf8')).toContain('sample data');
    // No partial folder is left.
    expect(await readdir(join(dir, 'not'))).toEqual(['there']);
    expect((await readdir(nested)).sort()).toEqual(['README.txt', 'cn-east-2', 'cn-north-1']);
    const statuses = async (regionId: string, instanceId: string) => {
      const { body } = await backupsOf(upstream.origin, { regionId, instanceId });
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
    await startEmbedded(dir);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is rejected, naming the setting, if the path is a file', async () => {
    await writeFile(dir, '');
    await expect(startEmbedded(dir)).rejects.toThrow('EMBEDDED_DIR');
    await expect(startEmbedded(join(dir, 'below'))).rejects.toThrow(
      /^EMBEDDED_DIR: cannot create the folder .*: ENOTDIR\.$/,
    );
  });

  it('is rejected, with advice, if the user may not write', async () => {
    await chmod(folder, 0o555);
    await expect(asNormalUser(() => startEmbedded(dir))).rejects.toThrow(
      /^EMBEDDED_DIR: cannot create the folder .*: EACCES\. Set EMBEDDED_DIR to an existing folder, or start in one where this user \(uid \d+\) can write\.$/,
    );
    await chmod(folder, 0o755);
  });
});

it('JSON files that are pipes, links, folders or huge are invalid, and delay nobody', async () => {
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
  const upstream = await startEmbedded(dir);
  const { body } = await backupsOf(upstream.origin, KEY);
  expect(body.result.backup.map((row: any) => row.backupName)).toEqual(['good']);
  expect(upstream.log.filter((line) => line.includes('not a regular file'))).toHaveLength(11);
});

describe('addresses', () => {
  it('include 127.0.0.1 and localhost, whatever localhost resolves to', async () => {
    const { origin } = await startEmbedded(dir);
    const { port } = new URL(origin);
    for (const host of ['127.0.0.1', 'localhost', ...(HAS_IPV6 ? ['[::1]'] : [])]) {
      expect((await fetch(`http://${host}:${port}/`)).status).toBe(404);
    }
  });

  it('configured for links are used in them', async () => {
    const upstream = await startEmbedded(dir, {
      config: { publicUrl: 'https://dl.example/rds', internalUrl: 'http://internal.example' },
    });
    const backupId = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
    const { body } = await linksOf(upstream.origin, { ...KEY, backupId });
    expect(body.result.publicURL).toMatch(/^https:\/\/dl\.example\/rds\/download\/cn-north-1\//);
    expect(body.result.internalURL).toMatch(/^http:\/\/internal\.example\/download\/cn-north-1\//);
  });

  it.each(['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])])(
    'in use on %s stop the start and name the setting',
    async (host) => {
      const other = createServer().listen(0, host);
      closing(() => {
        other.close();
        return Promise.resolve();
      });
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      await expect(startEmbedded(dir, { config: { port } })).rejects.toThrow('EMBEDDED_PORT');
    },
  );
});

describe('closing', () => {
  const SIZE = 64 * 1024 * 1024;
  const LONG_MS = 100_000;

  async function startDownload(): Promise<{
    upstream: TestEmbedded;
    response: Awaited<ReturnType<typeof beginDownload>>;
  }> {
    await writeInstance(dir, KEY, { engine: 'MySQL' });
    const files = await writeBackup(dir, KEY, { files: { set: '' } });
    await truncate(join(files, 'set'), SIZE);
    const upstream = await startEmbedded(dir);
    const { publicURL } = (await linksOf(upstream.origin, KEY)).body.result;
    return { upstream, response: await beginDownload(publicURL, new Agent({ keepAlive: true })) };
  }

  it('completes a running download and accepts no new connection', async () => {
    const { upstream, response } = await startDownload();
    const closed = upstream.close(LONG_MS);
    await expect(fetch(upstream.origin)).rejects.toThrow();
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(SIZE);
    await closed;
  });

  it('cuts a download off after the grace period', async () => {
    const { upstream, response } = await startDownload();
    await upstream.close(10);
    const read = pipeline(response, new PassThrough().resume());
    await expect(read).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
