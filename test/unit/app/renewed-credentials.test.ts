import { describe, expect, it } from '@jest/globals';
import { createRenewedCredentials } from '../../../src/app/renewed-credentials.js';
import type { Config } from '../../../src/config/config.js';
import type { SecretName } from '../../../src/config/secret-files.js';
import { toConfig } from '../../../src/config/to-config.js';

const configOf = (key: string): Config =>
  toConfig({
    UPSTREAM: 'jdcloud',
    JDCLOUD_ACCESS_KEY_ID: key,
    JDCLOUD_SECRET_ACCESS_KEY: `${key}-SECRET`,
  });

/** Credentials over a renewal driven by the test; each read runs `onRefresh`. */
function start(
  onRefresh: (renew: (key: string) => void, reading: number) => void = () => undefined,
) {
  let time = 0;
  let config = configOf('AK1');
  let readings = 0;
  const listeners: ((config: Config, changed: ReadonlySet<SecretName>) => void)[] = [];
  const renew = (key: string, name: SecretName = 'JDCLOUD_ACCESS_KEY_ID'): void => {
    config = configOf(key);
    for (const listener of listeners) listener(config, new Set([name]));
  };
  const source = createRenewedCredentials({
    renewal: {
      current: () => config,
      onChange: (listener) => void listeners.push(listener),
      refresh: async () => {
        readings += 1;
        await Promise.resolve();
        onRefresh(renew, readings);
      },
    },
    now: () => time,
    pause: (ms) => {
      time += ms;
      return Promise.resolve();
    },
  });
  return {
    source,
    renew,
    readings: () => readings,
    later: (ms: number) => {
      time += ms;
    },
  };
}

describe('rejected credentials', () => {
  it('are reloaded once, however many calls were rejected', async () => {
    const { source, readings, later } = start((renew) => {
      renew('AK2');
    });
    later(60_000);
    const refused = source.current();
    const found = await Promise.all(Array.from({ length: 50 }, () => source.renew(refused)));
    expect(new Set(found)).toEqual(new Set([true]));
    expect(readings()).toBe(1);
    expect(source.current().accessKeyId).toBe('AK2');
  });

  it('are not reloaded if they have been replaced already', async () => {
    const { source, renew, readings } = start();
    const refused = source.current();
    renew('AK2');
    expect(await source.renew(refused)).toBe(true);
    expect(readings()).toBe(0);
  });

  it('are not reloaded again for some seconds if unchanged', async () => {
    const { source, readings, later } = start();
    later(60_000);
    const refused = source.current();
    expect(await source.renew(refused)).toBe(false);
    later(4999);
    expect(await source.renew(refused)).toBe(false);
    expect(readings()).toBe(1);
    later(1);
    expect(await source.renew(refused)).toBe(false);
    expect(readings()).toBe(2);
  });

  it('are awaited if they are new, since one of their files may still be old', async () => {
    const { source, renew, later } = start((renewNow, reading) => {
      if (reading === 3) renewNow('AK3');
    });
    later(60_000);
    renew('AK2');
    expect(await source.renew(source.current())).toBe(true);
    expect(source.current().accessKeyId).toBe('AK3');
  });

  it('are awaited for two seconds at most', async () => {
    const { source, readings, renew, later } = start();
    later(60_000);
    renew('AK2');
    expect(await source.renew(source.current())).toBe(false);
    expect(readings()).toBe(11);
  });
});

it('keep their identity if another secret changes', () => {
  const { source, renew } = start();
  const before = source.current();
  const changes: string[] = [];
  source.onChange(() => void changes.push(source.current().accessKeyId));
  renew('AK1', 'AUTH_JWT_SECRET');
  expect(source.current()).toBe(before);
  renew('AK2', 'JDCLOUD_SECURITY_TOKEN');
  expect(changes).toEqual(['AK2']);
});
