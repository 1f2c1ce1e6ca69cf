import type { Agent, Dispatcher } from 'undici';
import type { Env } from '../../config/env.js';
import { usageError } from '../cli-error.js';

/** Never through a proxy, which has a loopback of its own. */
const LOOPBACK = 'localhost,127.0.0.1,[::1],::1';

/**
 * Sends requests through the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; of a name in both cases the
 * lower one wins, as in curl. Certificates are Node's, with those of NODE_EXTRA_CA_CERTS.
 * @throws CliError for a proxy that cannot be used; its address is not repeated, it may hold a password
 */
export async function createDispatcher(env: Env, options: Agent.Options = {}): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  const no = valueOf(env, 'NO_PROXY');
  return new EnvHttpProxyAgent({
    ...options,
    // The empty string stands for none: left out, undici would look at the environment by itself.
    httpProxy: proxyOf(env, 'HTTP_PROXY'),
    httpsProxy: proxyOf(env, 'HTTPS_PROXY'),
    noProxy: no.trim() === '*' ? '*' : `${LOOPBACK},${no}`,
  });
}

function proxyOf(env: Env, name: string): string {
  const text = (valueOf(env, name) || valueOf(env, 'ALL_PROXY')).trim();
  if (text === '') return '';
  const address = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  throw usageError(`${name} is not the address of a proxy: give one as http://proxy:3128.`);
}

function valueOf(env: Env, name: string): string {
  return env[name.toLowerCase()] ?? env[name] ?? '';
}
