import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRenewal } from '../../../src/app/renewal.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { closing, temporaryFolder } from '../../helpers/closing.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const put = (files: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
const remove = (name: string) => rm(join(folder, name));

const CLOUD = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID_FILE: 'ak',
  JDCLOUD_SECRET_ACCESS_KEY_FILE: 'sk',
  JDCLOUD_SECURITY_TOKEN_FILE: 'token',
};

/** A renewal of the settings in `env`, whose files are in the folder. */
async function start(files: Record<string, string>, env: Readonly<Record<string, string>> = CLOUD) {
  await put(files);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('info', {
    write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
  });
  const paths = Object.entries(env).map(([name, value]) => [
    name,
    name.endsWith('_FILE') ? join(folder, value) : value,
  ]);
  const { config, files: secrets } = await loadConfig(Object.fromEntries(paths));
  const started = createRenewal({ config, files: secrets! }, logger);
  closing(() => {
    started.close();
    return Promise.resolve();
  });
  const changes: string[][] = [];
  started.onChange((_, changed) => void changes.push([...changed]));
  return {
    log,
    changes,
    refresh: () => started.refresh(),
    keys: () => {
      const { accessKeyId, secretAccessKey, securityToken, expiresAt } =
        started.current().upstream.source.credentials;
      return [accessKeyId, secretAccessKey.reveal(), securityToken?.reveal(), expiresAt];
    },
  };
}

describe('reloaded secrets', () => {
  it('are applied together, and the log names only the settings', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys, changes, log } = await start(files);
    await put({ ak: 'AK2\n', sk: 'SK2\n', token: 'T2\n' });
    await refresh();
    expect(keys()).toEqual(['AK2', 'SK2', 'T2', undefined]);
    const settings = [
      'JDCLOUD_ACCESS_KEY_ID',
      'JDCLOUD_SECRET_ACCESS_KEY',
      'JDCLOUD_SECURITY_TOKEN',
    ];
    expect(changes).toEqual([settings]);
    expect(log).toEqual([
      expect.objectContaining({ settings, msg: 'secrets reloaded from files' }),
    ]);
    expect(JSON.stringify(log)).not.toMatch(/AK2|SK2|"T2/);
  });

  it('change nothing if they are unchanged, or written with the same text', async () => {
    const files = { ak: 'AK', sk: 'SK', token: 'T' };
    const { refresh, changes, log } = await start(files);
    await refresh();
    await put(files);
    await refresh();
    expect({ changes, log }).toEqual({ changes: [], log: [] });
  });

  it('are not applied while being rewritten', async () => {
    const { refresh, keys, changes } = await start({ ak: 'AK1', sk: 'SK1', token: 'T1' });
    await put({ ak: 'AK2' });
    const refreshed = refresh();
    await sleep(50);
    await put({ sk: 'SK2' });
    await sleep(80);
    await put({ token: 'T2' });
    await refreshed;
    expect(keys()).toEqual(['AK2', 'SK2', 'T2', undefined]);
    expect(changes).toHaveLength(1);
  });

  it('are kept while a file is missing, with one warning, and applied when it returns', async () => {
    const files: Record<string, string> = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys, log } = await start(files);
    await remove('sk');
    await put({ ak: 'AK2' });
    await refresh();
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T1', undefined]);
    expect(log).toEqual([
      expect.objectContaining({
        level: 40,
        faults: ['JDCLOUD_SECRET_ACCESS_KEY_FILE: no such file'],
      }),
    ]);
    await put({ sk: 'SK2' });
    await refresh();
    expect(keys()).toEqual(['AK2', 'SK2', 'T1', undefined]);
    expect(log.map(({ msg }) => msg)).toEqual([
      'invalid secret files; keeping the previous secrets',
      'all secret files are valid again',
      'secrets reloaded from files',
    ]);
  });

  it.each([
    ['empty', '', 'the file is empty'],
    ['no secret', 'a b\n\n', 'expected printable ASCII without leading or trailing whitespace'],
  ])('are kept if a file is %s', async (_, content, fault) => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys, log } = await start(files);
    await put({ sk: content });
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T1', undefined]);
    expect(log).toEqual([
      expect.objectContaining({ faults: [`JDCLOUD_SECRET_ACCESS_KEY_FILE: ${fault}`] }),
    ]);
  });

  it('are read independently of each other', async () => {
    const files: Record<string, string> = {
      ak: 'AK1',
      sk: 'SK1',
      token: 'T1',
      jwt: 'x'.repeat(32),
    };
    const env = {
      ...CLOUD,
      AUTH: 'jwt',
      AUTH_ISSUER: 'i',
      AUTH_AUDIENCE: 'a',
      AUTH_JWT_SECRET_FILE: 'jwt',
    };
    const { refresh, keys, changes } = await start(files, env);
    await remove('jwt');
    await put({ token: 'T2' });
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T2', undefined]);
    await put({ jwt: 'short' });
    await put({ token: 'T3' });
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T3', undefined]);
    expect(changes).toEqual([['JDCLOUD_SECURITY_TOKEN'], ['JDCLOUD_SECURITY_TOKEN']]);
  });

  it('require a restart if servers depend on them, which the log says', async () => {
    const files = { link: 'a secret of links, the first' };
    const { refresh, log } = await start(files, { EMBEDDED_LINK_SECRET_FILE: 'link' });
    await put({ link: 'a secret of links, the second' });
    await refresh();
    await refresh();
    expect(log.map(({ faults }) => faults)).toEqual([
      ['EMBEDDED_LINK_SECRET_FILE: changed; restart to apply'],
    ]);
  });

  it('can come from a profile', async () => {
    const files = { config: '[default]\naccess_key = AK1\nsecret_key = SK1\n' };
    const env = { UPSTREAM: 'jdcloud', JDCLOUD_CREDENTIALS_FILE: 'config' };
    const { refresh, keys } = await start(files, env);
    await put({ config: '[default]\naccess_key = AK2\nsecret_key = SK2\n' });
    await refresh();
    expect(keys()).toEqual(['AK2', 'SK2', undefined, undefined]);
  });
});

describe('the expiry of a token', () => {
  const END = 'JDCLOUD_SECURITY_TOKEN_EXPIRES_AT';

  it('does not apply to the next token if it comes from the environment', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys } = await start(files, { ...CLOUD, [END]: '2026-01-31T12:00:00Z' });
    expect(keys().at(-1)).toEqual(new Date('2026-01-31T12:00:00Z'));
    await put({ token: 'T2' });
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T2', undefined]);
  });
});

it('a read in progress does not satisfy a later refresh', async () => {
  const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
  const { refresh, keys } = await start(files);
  const first = refresh();
  await put({ token: 'T2' });
  await refresh();
  await first;
  expect(keys()[2]).toBe('T2');
});
