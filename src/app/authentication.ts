import { type Authenticate, createAuthenticator } from '../auth/authenticator.js';
import type { FetchKeys } from '../auth/issuer-keys.js';
import type { AuthConfig } from '../config/config.js';
import { createProxyDispatcher } from '../upstream/proxy-dispatcher.js';
import type { Closers } from './closers.js';
import type { Observers } from './connect-upstream.js';
import type { Renewal } from './renewal.js';

/** A new secret of tokens takes the place of the old one at once: that one may have become known. */
export function connectAuthenticator(
  auth: AuthConfig,
  { logger, metrics }: Observers,
  closers: Closers,
  renewal: Renewal | undefined,
): Authenticate {
  const options = { logger, metrics: metrics.tokens };
  const fetchKeys = fetchKeysThroughProxy(auth, closers);
  let authenticate = createAuthenticator(auth, { ...options, fetchKeys });
  renewal?.onChange((config, changed) => {
    if (changed.has('AUTH_JWT_SECRET')) authenticate = createAuthenticator(config.auth, options);
  });
  return renewal ? (authorization) => authenticate(authorization) : authenticate;
}

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
