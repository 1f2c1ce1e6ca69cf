import type { FetchKeys } from '../auth/issuer-keys.js';
import type { AuthConfig } from '../config/config.js';
import { createProxyDispatcher } from '../upstream/proxy-dispatcher.js';
import type { Closers } from './closers.js';

/** How the keys of tokens are fetched where a proxy is set; undefined is directly. */
export function fetchKeysThroughProxy(auth: AuthConfig, closers: Closers): FetchKeys | undefined {
  if (auth.kind === 'none' || auth.keys.kind !== 'jwks' || !auth.keys.proxy) return undefined;
  const dispatcher = createProxyDispatcher(auth.keys.url, auth.keys.proxy, {});
  closers.add(() => dispatcher.close(), 'proxy of the token keys');
  return async (url, options) => {
    // The fetch of Node may be of another version than the dispatcher. It is large, and rarely wanted.
    const { fetch } = await import('undici');
    // undici's answer is that of the standard, by another declaration.
    return (await fetch(url, { ...(options as object), dispatcher })) as unknown as Response;
  };
}
