import { EnvHttpProxyAgent, type Agent, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';
import type { Secret } from '../config/secret.js';
import { isInNoProxyRange, readProxyAddress } from '../domain/proxy-settings.js';

/**
 * Connects to `origin` through the proxy for its scheme, or directly if `no` names its host. An
 * empty string means none; if omitted, undici would read the environment itself.
 */
export function createProxyDispatcher(
  origin: string,
  proxy: ProxyConfig,
  options: Agent.Options,
): Dispatcher {
  const no = proxy.no ?? '';
  const isHttps = origin.startsWith('https:');
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: isHttps ? '' : addressOf(proxy.http),
    httpsProxy: isHttps ? addressOf(proxy.https) : '',
    // undici knows no ranges.
    noProxy: isInNoProxyRange(new URL(origin).hostname, no) ? '*' : no,
  });
}

/** With a percent sign in a password that undici can decode. */
function addressOf(proxy: Secret | undefined): string {
  return proxy === undefined ? '' : (readProxyAddress(proxy.reveal()) ?? '');
}
