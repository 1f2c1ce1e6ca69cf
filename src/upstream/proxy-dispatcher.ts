import { EnvHttpProxyAgent, type Agent, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';

/**
 * Connects to `origin` through the proxy for its scheme, or directly if `no` names its host. An
 * empty string means none; if omitted, undici would read the environment itself.
 */
export function createProxyDispatcher(
  origin: string,
  proxy: ProxyConfig,
  options: Agent.Options,
): Dispatcher {
  const isHttps = origin.startsWith('https:');
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: isHttps ? '' : (proxy.http?.reveal() ?? ''),
    httpsProxy: isHttps ? (proxy.https?.reveal() ?? '') : '',
    noProxy: proxy.no ?? '',
  });
}
