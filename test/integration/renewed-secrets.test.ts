import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { COMMON_REDIS, hasRedis, sharingEnv } from '../helpers/redis.js';
import type { ScriptedCall } from '../helpers/scripted-call.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { SECRET_AUTH, secretToken } from '../helpers/tokens.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const LINK = `query ($fileName: String) { backup(id: "${REGION}/${SQL_INSTANCE}/sql-1") {
  downloadURL(fileName: $fileName, expiresIn: 86400) { ... on DownloadLink { publicURL expiresAt } }
} }`;
const RENEWED = 'secrets reloaded';

let folder: string;
let upstream: ScriptedUpstream;
/** The key id and token the upstream accepts. */
let accepted: readonly [key: string, token: string | undefined];

beforeEach(async () => {
  folder = temporaryFolder();
  upstream = await startScriptedUpstream({ instances: [instanceRow()] });
  accepted = ['AK1', 'TOKEN1'];
  upstream.handle('describeBackups', (call) =>
    isAccepted(call)
      ? ok({ totalCount: 1, backup: [backupRow({ backupId: 'sql-1' })], backups: [] })
      : fail(401, 'UNAUTHENTICATED'),
  );
  upstream.handle('describeBackupDownloadURL', (call) =>
    isAccepted(call)
      ? ok({ publicURL: `https://oss.example/${keyOf(call)}`, internalURL: '' })
      : fail(403, 'HTTP_FORBIDDEN'),
  );
});

const keyOf = ({ headers }: ScriptedCall) =>
  /Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1];

const isAccepted = (call: ScriptedCall) =>
  keyOf(call) === accepted[0] && call.headers['x-jdcloud-security-token'] === accepted[1];

const path = (name: string) => join(folder, name);

/** Replaces a file by renaming, as Vault does. */
async function put(name: string, content: string): Promise<void> {
  await writeFile(path(`.${name}`), content);
  await rename(path(`.${name}`), path(name));
}

async function putSet(key: string, token: string, end?: string): Promise<void> {
  await put('ak', `${key}\n`);
  await put('sk', `SECRET-OF-${key}\n`);
  await put('token', `${token}\n`);
  if (end !== undefined) await put('end', end);
}

function start(env: Record<string, string> = {}): Promise<Product> {
  return startProductAt(upstream.origin, {
    JDCLOUD_ACCESS_KEY_ID: '',
    JDCLOUD_SECRET_ACCESS_KEY: '',
    JDCLOUD_ACCESS_KEY_ID_FILE: path('ak'),
    JDCLOUD_SECRET_ACCESS_KEY_FILE: path('sk'),
    JDCLOUD_SECURITY_TOKEN_FILE: path('token'),
    ...env,
  });
}

const ask = (running: Product, fileName = 'shop.bak', headers = {}) =>
  running.query(LINK, { fileName }, headers);

async function logged({ log }: Product, text: string, times = 1): Promise<void> {
  while (log.filter((line) => line.includes(text)).length < times) await sleep(10);
}

const linkCalls = () => upstream.calls('describeBackupDownloadURL');

describe('cloud credentials replaced in their files', () => {
  it('are read at once if the old ones are rejected: no request fails, each call is repeated once', async () => {
    await putSet('AK1', 'TOKEN1');
    const running = await start();
    await putSet('AK2', 'TOKEN2');
    accepted = ['AK2', 'TOKEN2'];
    const files = Array.from({ length: 20 }, () => 'shop.bak');
    const answers = await Promise.all(files.map((file) => ask(running, file)));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    const keys = upstream.calls().map(keyOf);
    expect(keys.filter((key) => key === 'AK1').length).toBeLessThanOrEqual(20);
    expect(keys.filter((key) => key === 'AK2')).toHaveLength(40);
    expect(running.log.filter((line) => line.includes(RENEWED))).toHaveLength(1);
  });

  it('may be replaced through the folder link, as Kubernetes does', async () => {
    const mount = async (version: string, key: string) => {
      await mkdir(path(version));
      await writeFile(path(`${version}/ak`), key);
      await writeFile(path(`${version}/sk`), `SECRET-OF-${key}`);
      await symlink(version, path('..data_tmp'));
      await rename(path('..data_tmp'), path('..data'));
    };
    await mount('..1', 'AK1');
    await symlink('..data/ak', path('ak'));
    await symlink('..data/sk', path('sk'));
    accepted = ['AK1', undefined];
    const running = await start({ JDCLOUD_SECURITY_TOKEN_FILE: '' });
    expect((await ask(running)).errors).toEqual([]);
    await mount('..2', 'AK2');
    await rm(path('..1'), { recursive: true });
    accepted = ['AK2', undefined];
    expect((await ask(running)).errors).toEqual([]);
  });
});

describe('a link', () => {
  it('expires with the credential that signed it, not with that of the start', async () => {
    const end = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const [first, second] = [end(1), end(2)];
    await putSet('AK1', 'TOKEN1', first);
    const running = await start({ JDCLOUD_SECURITY_TOKEN_EXPIRES_AT_FILE: path('end') });
    const one = await ask(running);
    await putSet('AK2', 'TOKEN2', second);
    accepted = ['AK2', 'TOKEN2'];
    const other = await ask(running);
    expect([one, other].map(({ data }) => data.backup.downloadURL.expiresAt)).toEqual([
      first,
      second,
    ]);
  });

  it('is not reused once its credential was replaced, even if it was under way meanwhile', async () => {
    await putSet('AK1', 'TOKEN1');
    const running = await start({ LINK_REUSE: '0.5' });
    const linkTo = async (fileName: string) =>
      (await ask(running, fileName)).data.backup.downloadURL.publicURL;
    await linkTo('shop.bak');
    await linkTo('shop.bak');
    expect(linkCalls()).toHaveLength(1);
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    upstream.handle('describeBackupDownloadURL', async (call) => {
      if (keyOf(call) === 'AK1') await held;
      return ok({ publicURL: `https://oss.example/${keyOf(call)!}`, internalURL: '' });
    });
    const underWay = linkTo('crm.bak');
    while (linkCalls().length === 1) await sleep(5);
    await putSet('AK2', 'TOKEN2');
    accepted = ['AK2', 'TOKEN2'];
    await logged(running, RENEWED);
    answer();

    expect(await underWay).toBe('https://oss.example/AK1');
    for (const fileName of ['crm.bak', 'shop.bak', 'shop.bak']) {
      expect(await linkTo(fileName)).toBe('https://oss.example/AK2');
    }
    expect(linkCalls().map(keyOf)).toEqual(['AK1', 'AK1', 'AK2', 'AK2']);
  });
});

it('a new token secret replaces the old one immediately', async () => {
  await putSet('AK1', 'TOKEN1');
  const [old, next] = ['the old secret of tokens, 32 bytes', 'the new secret of tokens, 32 bytes'];
  await put('jwt', `${old}\n`);
  const running = await start({
    ...SECRET_AUTH,
    AUTH_JWT_SECRET: '',
    AUTH_JWT_SECRET_FILE: path('jwt'),
  });
  const by = async (secret: string) => {
    const authorization = `Bearer ${await secretToken({}, { secret })}`;
    return (await ask(running, 'shop.bak', { authorization })).status;
  };
  expect([await by(old), await by(next)]).toEqual([200, 401]);
  await put('jwt', `${next}\n`);
  await logged(running, RENEWED);
  expect([await by(old), await by(next)]).toEqual([401, 200]);
});

((await hasRedis(COMMON_REDIS)) ? describe : describe.skip)('what is shared over Redis', () => {
  it('switches to another Redis, key or account, as the files say', async () => {
    const { CACHE_KEY } = sharingEnv(COMMON_REDIS);
    const { CACHE_KEY: nextKey } = sharingEnv(COMMON_REDIS);
    const other = COMMON_REDIS.replace(/\d+$/, '8');
    const key = `AK${Date.now()}`;
    accepted = [key, 'TOKEN1'];
    await putSet(key, 'TOKEN1');
    await put('redis', COMMON_REDIS);
    await put('key', CACHE_KEY);
    const sharing = {
      LINK_REUSE: '0.5',
      REDIS_URL_FILE: path('redis'),
      CACHE_KEY_FILE: path('key'),
    };
    const one = await start(sharing);
    await logged(one, 'Redis connected');
    await ask(one);
    await put('redis', other);
    await logged(one, 'Redis connected', 2);
    await put('key', `${nextKey},${CACHE_KEY}`);
    await logged(one, RENEWED, 2);
    await ask(one, 'crm.bak');
    expect(linkCalls()).toHaveLength(2);

    // A process with the new configuration only finds that link, and no other.
    const two = await startProductAt(upstream.origin, {
      JDCLOUD_ACCESS_KEY_ID: key,
      JDCLOUD_SECURITY_TOKEN: 'TOKEN1',
      LINK_REUSE: '0.5',
      REDIS_URL: other,
      CACHE_KEY: nextKey,
    });
    await logged(two, 'Redis connected');
    await ask(two, 'crm.bak');
    expect(linkCalls()).toHaveLength(2);
    await ask(two, 'shop.bak');
    expect(linkCalls()).toHaveLength(3);
  });
});

it('a new token of the same key does not renew the call budget', async () => {
  const { CACHE_KEY } = sharingEnv(COMMON_REDIS);
  await putSet('AK1', 'TOKEN1');
  const sharing = { REDIS_URL: 'redis://127.0.0.1:9', CACHE_KEY };
  const running = await start({ ...sharing, UPSTREAM_MAX_PER_MINUTE: '2' });
  expect((await ask(running)).errors).toEqual([]);
  await put('token', 'TOKEN2');
  accepted = ['AK1', 'TOKEN2'];
  await logged(running, RENEWED);
  const { errors } = await ask(running);
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_THROTTLED']);
  expect(upstream.calls()).toHaveLength(2);
});
