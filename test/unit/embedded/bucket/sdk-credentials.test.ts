import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createSdkCredentials } from '../../../../src/embedded/bucket/sdk-credentials.js';
import { adviceOn, type StoreError } from '../../../../src/embedded/bucket/store-error.js';
import { temporaryFolder } from '../../../helpers/closing.js';
import { openTestBucket } from '../../../helpers/bucket-store.js';
import { startScriptedStore } from '../../../helpers/scripted-s3.js';

const { env } = process;
let folder: string;
let time: number;

beforeEach(() => {
  folder = temporaryFolder();
  time = 0;
  process.env = {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_'))),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
});
afterEach(() => {
  process.env = env;
});

/** Replaces the file by renaming, as tools that renew credentials do. */
async function put(text: string): Promise<void> {
  await writeFile(join(folder, 'new'), text);
  await rename(join(folder, 'new'), join(folder, 'credentials'));
}

const profile = (id: string, token?: string) =>
  `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret of ${id}\n` +
  (token === undefined ? '' : `aws_session_token = ${token}\n`);

it('are looked up again in their file, and stay where it is away or broken', async () => {
  await put(profile('AK1'));
  const credentials = createSdkCredentials({ now: () => time });
  expect(await credentials()).toMatchObject({ accessKeyId: 'AK1' });

  await put(profile('AK2', 'token'));
  time += 9_999;
  expect(await credentials()).toMatchObject({ accessKeyId: 'AK1' });
  time += 1;
  expect(await credentials()).toMatchObject({
    accessKeyId: 'AK2',
    secretAccessKey: 'secret of AK2',
    sessionToken: 'token',
  });

  for (const damage of [() => put('[default'), () => rm(join(folder, 'credentials'))]) {
    await damage();
    time += 10_000;
    expect(await credentials()).toMatchObject({ accessKeyId: 'AK2' });
  }
  await put(profile('AK3'));
  time += 10_000;
  const all = await Promise.all(Array.from({ length: 20 }, () => credentials()));
  expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['AK3']));
});

it('that are not there at first are found once they are', async () => {
  const credentials = createSdkCredentials({ now: () => time });
  await expect(credentials()).rejects.toThrow('Could not load credentials');
  await put(profile('AK1'));
  time += 10_000;
  expect(await credentials()).toMatchObject({ accessKeyId: 'AK1' });
});

it('that end are renewed by the chain, and looked up no more often than it wants', async () => {
  let calls = 0;
  const chain = (options?: { forceRefresh?: boolean }) => {
    calls += 1;
    expect(options?.forceRefresh).toBeUndefined();
    const expiration = new Date(Date.now() + 3_600_000);
    return Promise.resolve({ accessKeyId: `AK${calls}`, secretAccessKey: 's', expiration });
  };
  const credentials = createSdkCredentials({ now: () => time, chain });
  await credentials();
  const before = calls;
  time += 60_000;
  expect((await credentials()).accessKeyId).toBe(`AK${before + 1}`);
});

it('that take too long fail, in place of a start that hangs, and name the process', async () => {
  const chain = () => new Promise<never>(() => undefined);
  const credentials = createSdkCredentials({ chain, timeoutMs: 20 });
  const error = await credentials().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ fault: 'refused', code: 'CREDENTIALS_TIMEOUT' });
  expect(adviceOn(error as StoreError, 'slow')).toContain('of the profile slow (AWS_PROFILE)');
});

it('of a profile win over keys without a word, and a missing profile is named', async () => {
  process.env = { ...process.env, AWS_ACCESS_KEY_ID: 'AKENV', AWS_SECRET_ACCESS_KEY: 's' };
  process.env['AWS_PROFILE'] = 'prod';
  await put(profile('AKPROD').replace('default', 'prod'));
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(await createSdkCredentials()()).toMatchObject({ accessKeyId: 'AKPROD' });
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  const store = await startScriptedStore();
  await rm(join(folder, 'credentials'));
  const config = { ...store.config(), profile: 'prod' };
  delete (config as { credentials?: unknown }).credentials;
  await expect(openTestBucket(config)).rejects.toThrow(
    'There are no credentials of the profile prod (AWS_PROFILE): check ~/.aws/config',
  );
});

it('sign the requests to a bucket, and its links', async () => {
  const store = await startScriptedStore({ 'own/r/mysql-1/bk-1/files/set.sql': 'x' });
  await put(profile('AKFILE', 'a token'));
  const config = { ...store.config() };
  delete config.credentials;
  const bucket = await openTestBucket(config);
  const { searchParams } = new URL((await bucket.link('r/mysql-1/bk-1'))!.publicURL);
  expect(searchParams.get('X-Amz-Credential')).toMatch(/^AKFILE\//);
  expect(searchParams.get('X-Amz-Security-Token')).toBe('a token');
  const list = store.calls.find(({ operation }) => operation === 'list');
  expect(list?.headers.authorization).toContain('Credential=AKFILE/');
});
