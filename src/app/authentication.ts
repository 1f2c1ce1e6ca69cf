import { type Authenticate, createAuthenticator } from '../auth/authenticator.js';
import type { FetchKeys } from '../auth/issuer-keys.js';
import type { AuthConfig } from '../config/config.js';
import { createProxyDispatcher } from '../upstream/proxy-dispatcher.js';
import type { Observers } from './connect-upstream.js';
import type { Renewal } from './renewal.js';
import type { Closers } from './stop.js';

/** A new token secret replaces the old one immediately, since the old one may be compromised. */
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

/** A fetch for token keys that uses the configured proxy; undefined if there is none. */
export function fetchKeysThroughProxy(auth: AuthConfig, closers: Closers): FetchKeys | undefined {
  if (auth.kind === 'none' || auth.keys.kind !== 'jwks' || !auth.keys.proxy) return undefined;
  const dispatcher = createProxyDispatcher(auth.keys.url, auth.keys.proxy, {});
  closers.add(() => dispatcher.close(), 'proxy of the token keys');
  return async (url, options) => {
    // Node's fetch may not match the version of this dispatcher. undici is large and rarely needed,
    // so it is loaded on demand.
    const { fetch } = await import('undici');
    // undici declares the standard Response type separately.
    return (await fetch(url, { ...(options as object), dispatcher })) as unknown as Response;
  };
}
