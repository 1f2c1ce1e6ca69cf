import { Dispatcher, EnvHttpProxyAgent, Pool, type Agent, type buildConnector } from 'undici';
import type { Env } from '../../config/env.js';
import { hasCode } from '../../domain/error-code.js';
import { isInNoProxyRange, readProxyAddress } from '../../domain/proxy-settings.js';
import { usageError } from '../cli-error.js';

/** Never through a proxy, which has a loopback of its own. */
const LOOPBACK = 'localhost,127.0.0.1,[::1],::1';

/**
 * Sends requests through the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; of a name in both cases the
 * lower one wins, as in curl. Certificates are Node's, with those of NODE_EXTRA_CA_CERTS.
 * @throws CliError for a proxy that cannot be used; its address is not repeated, it may hold a password
 */
export function createDispatcher(env: Env, options: Agent.Options = {}): Dispatcher {
  const no = valueOf(env, 'NO_PROXY').trim();
  // The empty string stands for none: left out, undici would look at the environment by itself. Both in
  // one agent would send https through the proxy for http where there is no other.
  const open = (httpProxy: string, httpsProxy: string): Dispatcher =>
    new EnvHttpProxyAgent({
      ...options,
      httpProxy,
      httpsProxy,
      noProxy: no === '*' ? '*' : `${LOOPBACK},${no}`,
      factory: (origin: string | URL, opts: Agent.Options) =>
        new Pool(origin, opts.connect === options.connect ? opts : withFailures(opts)),
    });
  const [http, https] = [proxyOf(env, 'HTTP_PROXY'), proxyOf(env, 'HTTPS_PROXY')];
  const agents = { 'http:': open(http, ''), 'https:': open('', https), direct: open('', '') };
  const all = Object.values(agents);
  return new (class extends Dispatcher {
    override dispatch(...[target, handler]: Parameters<Dispatcher['dispatch']>): boolean {
      const { protocol, hostname } = new URL(String(target.origin));
      // undici knows no ranges of addresses.
      const isDirect = isInNoProxyRange(hostname, no);
      const agent = isDirect ? agents.direct : agents[protocol === 'https:' ? protocol : 'http:'];
      return agent.dispatch(target, handler);
    }

    override async close(): Promise<void> {
      await Promise.all(all.map((agent) => agent.close()));
    }

    override async destroy(): Promise<void> {
      await Promise.all(all.map((agent) => agent.destroy()));
    }
  })();
}

/** Closes all connections. After a stop, it does not wait for those that are still being established. */
export async function endDispatcher(dispatcher: Dispatcher, signal: AbortSignal): Promise<void> {
  const ended = dispatcher.destroy();
  if (!signal.aborted) await ended;
}

/** Whether ALL_PROXY is meant for others, as a SOCKS proxy is: then it is not used. */
export function ignoresAllProxy(env: Env): boolean {
  const all = valueOf(env, 'ALL_PROXY').trim();
  return all !== '' && readProxyAddress(all) === null;
}

/** A failure at the proxy, as an error that ends the request; undici retries the connection after others. */
function withFailures(options: Agent.Options): Agent.Options {
  const { connect } = options;
  if (typeof connect !== 'function') return options;
  const reporting: buildConnector.connector = (target, done) => {
    connect(target, (...[error, socket]) => {
      if (error === null) done(null, socket);
      else done(toProxyError(error), null);
    });
  };
  return { ...options, connect: reporting };
}

function toProxyError(error: Error & { code?: string }): Error {
  const [, status] = /^Proxy response \((\d{3})\)/.exec(error.message) ?? [];
  if (status !== undefined) return failure(`PROXY_HTTP_${status}`, error);
  if (hasCode(error, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN')) {
    return failure('PROXY_UNREACHABLE', error);
  }
  return error.code === 'UND_ERR_SOCKET' ? failure('PROXY_CLOSED', error) : error;
}

function failure(code: string, cause: Error): Error {
  return Object.assign(new Error('The proxy refused the connection.', { cause }), { code });
}

/** Empty for none. */
function proxyOf(env: Env, name: string): string {
  const own = valueOf(env, name).trim();
  if (own === '') return readProxyAddress(valueOf(env, 'ALL_PROXY').trim() || ' ') ?? '';
  const address = readProxyAddress(own);
  if (address !== null) return address;
  throw usageError(`${name} is not an http or https proxy: give one like http://proxy:3128.`);
}

function valueOf(env: Env, name: string): string {
  return env[name.toLowerCase()] ?? env[name] ?? '';
}
