import { EnvHttpProxyAgent, type Agent, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';

/**
 * Reaches `origin` through the proxy for its scheme, or directly where `no` names its host. The empty
 * string stands for "none": left out, undici would look at the environment of the process itself.
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
