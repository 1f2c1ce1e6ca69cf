import { describe, expect, it } from '@jest/globals';
import { ConfigError, toConfig } from '../../../src/config/to-config.js';

const cloud = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'TESTAK',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
};

function proxyOf(env: Record<string, string>) {
  const { source } = toConfig(env).upstream;
  const proxy = 'proxy' in source ? source.proxy : undefined;
  return proxy && { http: proxy.http?.reveal(), https: proxy.https?.reveal(), no: proxy.no };
}

describe('the proxy settings', () => {
  it.each<[string, Record<string, string>, unknown]>([
    [
      'upper case',
      { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a,b' },
      { https: 'http://p:3128', no: 'a,b' },
    ],
    [
      'lower case',
      { https_proxy: 'http://p:3128', no_proxy: 'a' },
      { https: 'http://p:3128', no: 'a' },
    ],
    [
      'both cases, lower first',
      { HTTPS_PROXY: 'http://x:1', https_proxy: 'http://p:2' },
      { https: 'http://p:2' },
    ],
    ['no scheme', { HTTPS_PROXY: 'p:3128' }, { https: 'http://p:3128' }],
    ['nothing', { HTTPS_PROXY: '', NO_PROXY: 'a' }, undefined],
  ])('are read from variables in %s', (_, env, expected) => {
    expect(proxyOf({ ...cloud, ...env })).toEqual(expected);
  });

  it('are ignored for the embedded upstream', () => {
    expect(proxyOf({ HTTPS_PROXY: 'not an address' })).toBeUndefined();
  });

  it('are rejected by name, without their value, if invalid', () => {
    const start = () => toConfig({ ...cloud, HTTPS_PROXY: 'socks5://user:hunter2@p:1' });

    expect(start).toThrow(ConfigError);
    expect(start).toThrow(/HTTPS_PROXY: expected an http or https proxy URL/);
    expect(start).not.toThrow(/hunter2/);
  });

  it('do not show the password of the proxy', () => {
    const config = toConfig({ ...cloud, HTTPS_PROXY: 'http://user:hunter2@p:3128' });

    expect(JSON.stringify(config)).not.toContain('hunter2');
  });
});
