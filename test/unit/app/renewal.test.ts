import { afterEach, describe, expect, it } from '@jest/globals';
import { createRenewal, type Renewal } from '../../../src/app/renewal.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { FileFault } from '../../../src/config/secret-files.js';
import { createLogger } from '../../../src/telemetry/logger.js';

const CLOUD = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID_FILE: 'ak',
  JDCLOUD_SECRET_ACCESS_KEY_FILE: 'sk',
  JDCLOUD_SECURITY_TOKEN_FILE: 'token',
};

let renewal: Renewal | undefined;
afterEach(() => renewal?.close());

interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  readonly onPause?: () => unknown;
}

/** A renewal over files in memory; `onPause` runs between two reads. */
async function start(
  files: Record<string, string>,
  { env = CLOUD, onPause = () => undefined }: Setup = {},
) {
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('info', {
    write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
  });
  let pauses = 0;
  const loaded = await loadConfig(env, (path) =>
    path in files ? Promise.resolve(files[path]!) : Promise.reject(new FileFault('no such file')),
  );
  const started = createRenewal({
    config: loaded.config,
    files: loaded.files!,
    logger,
    intervalMs: 3_600_000,
    pause: () => {
      pauses += 1;
      onPause();
      return Promise.resolve();
    },
  });
  renewal = started;
  const changes: string[][] = [];
  started.onChange((_, changed) => void changes.push([...changed]));
  return {
    log,
    changes,
    pauses: () => pauses,
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
    Object.assign(files, { ak: 'AK2\n', sk: 'SK2\n', token: 'T2\n' });
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

  it('change nothing if they are unchanged', async () => {
    const { refresh, changes, pauses, log } = await start({ ak: 'AK', sk: 'SK', token: 'T' });
    await refresh();
    expect({ changes, pauses: pauses(), log }).toEqual({ changes: [], pauses: 0, log: [] });
  });

  it('are not applied while being rewritten', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const steps = [{ sk: 'SK2' }, { token: 'T2' }];
    const { refresh, keys, changes } = await start(files, {
      onPause: () => Object.assign(files, steps.shift()),
    });
    files.ak = 'AK2';
    await refresh();
    expect(keys()).toEqual(['AK2', 'SK2', 'T2', undefined]);
    expect(changes).toHaveLength(1);
  });

  it('are eventually applied even if they keep changing', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    let count = 0;
    const { refresh, changes } = await start(files, {
      onPause: () => (files.token = `T-${(count += 1)}`),
    });
    files.token = 'T-0';
    await refresh();
    expect(changes).toHaveLength(1);
  });

  it('are kept while a file is missing, with one warning, and applied when it returns', async () => {
    const files: Record<string, string> = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys, log } = await start(files);
    delete files['sk'];
    files['ak'] = 'AK2';
    await refresh();
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T1', undefined]);
    expect(log).toEqual([
      expect.objectContaining({
        level: 40,
        faults: ['JDCLOUD_SECRET_ACCESS_KEY_FILE: no such file'],
      }),
    ]);
    files['sk'] = 'SK2';
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
    files.sk = content;
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
    const { refresh, keys, changes } = await start(files, { env });
    delete files['jwt'];
    files['token'] = 'T2';
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T2', undefined]);
    files['jwt'] = 'short';
    files['token'] = 'T3';
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T3', undefined]);
    expect(changes).toEqual([['JDCLOUD_SECURITY_TOKEN'], ['JDCLOUD_SECURITY_TOKEN']]);
  });

  it('require a restart if servers depend on them, which the log says', async () => {
    const files = { link: 'a secret of links, the first' };
    const { refresh, log } = await start(files, { env: { EMBEDDED_LINK_SECRET_FILE: 'link' } });
    files.link = 'a secret of links, the second';
    await refresh();
    await refresh();
    expect(log.map(({ faults }) => faults)).toEqual([
      ['EMBEDDED_LINK_SECRET_FILE: changed; restart to apply'],
    ]);
  });

  it('can come from a profile', async () => {
    const files = { config: '[default]\naccess_key = AK1\nsecret_key = SK1\n' };
    const env = { UPSTREAM: 'jdcloud', JDCLOUD_CREDENTIALS_FILE: 'config' };
    const { refresh, keys } = await start(files, { env });
    files.config = '[default]\naccess_key = AK2\nsecret_key = SK2\n';
    await refresh();
    expect(keys()).toEqual(['AK2', 'SK2', undefined, undefined]);
  });
});

describe('the expiry of a token', () => {
  const END = 'JDCLOUD_SECURITY_TOKEN_EXPIRES_AT';

  it('is renewed with its token', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1', end: '2026-01-31T12:00:00Z' };
    const { refresh, keys } = await start(files, { env: { ...CLOUD, [`${END}_FILE`]: 'end' } });
    Object.assign(files, { token: 'T2', end: '2026-01-31T13:00:00Z' });
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T2', new Date('2026-01-31T13:00:00Z')]);
  });

  it('does not apply to the next token if it comes from the environment', async () => {
    const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
    const { refresh, keys } = await start(files, {
      env: { ...CLOUD, [END]: '2026-01-31T12:00:00Z' },
    });
    expect(keys().at(-1)).toEqual(new Date('2026-01-31T12:00:00Z'));
    files.token = 'T2';
    await refresh();
    expect(keys()).toEqual(['AK1', 'SK1', 'T2', undefined]);
  });
});

it('a read in progress does not satisfy a later refresh', async () => {
  const files = { ak: 'AK1', sk: 'SK1', token: 'T1' };
  const { refresh, keys } = await start(files);
  const first = refresh();
  files.token = 'T2';
  await refresh();
  await first;
  expect(keys()[2]).toBe('T2');
});
