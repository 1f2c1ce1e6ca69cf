import type { AuthConfig, TokenRules } from '../config/config.js';
import { isLoopback } from '../config/host-scope.js';
import { type Caller, EVERYBODY, NOBODY } from '../domain/caller.js';
import type { Logger } from '../telemetry/logger.js';
import { RefusedTokenError } from './authentication-error.js';
import { callerOfClaims } from './caller-of-claims.js';
import { createVerifyToken, type VerifyToken, type VerifyTokenOptions } from './verify-token.js';

/**
 * Determines the caller of a request from its Authorization header.
 * @throws RefusedTokenError, KeysUnavailableError
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

export interface AuthenticatorOptions extends Omit<VerifyTokenOptions, 'now'> {
  readonly now?: () => Date;
}

/**
 * With AUTH=none, every caller has full access. Only the error carries the reason for rejecting a
 * token.
 */
export function createAuthenticator(
  config: AuthConfig,
  options: AuthenticatorOptions,
): Authenticate {
  if (config.kind === 'none') {
    const everybody = Promise.resolve(EVERYBODY);
    return () => everybody;
  }
  const verify = createVerifyToken(config, { now: () => new Date(), ...options });
  return bearer(verify, config.tokens);
}

/** RFC 6750: `Bearer`, case-insensitive, and the token. */
function bearer(verify: VerifyToken, rules: TokenRules): Authenticate {
  return async (authorization) => {
    if (authorization === undefined) return NOBODY;
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw new RefusedTokenError('no bearer token');
    const claims = await verify(token);
    const expiresAt = ((claims.exp ?? 0) + rules.clockToleranceS) * 1000;
    return { ...callerOfClaims(claims, rules), expiresAt };
  };
}

/**
 * Logs at startup which clients are served and which issuers and audiences are accepted.
 * @param host the listen address, as in HOST
 */
export function logAccess(auth: AuthConfig, host: string, logger: Logger): void {
  if (auth.kind === 'jwt') {
    const { issuers, audiences } = auth.tokens;
    logger.info(
      { keys: auth.keys.kind, issuers, audiences },
      'callers are authenticated by token (AUTH=jwt)',
    );
  } else if (auth.allowAnonymous) {
    logger.warn('every client has full access (AUTH=none, ALLOW_ANONYMOUS=true)');
  } else if (!isLoopback(host)) {
    logger.warn(
      'only local clients are served (AUTH=none) although HOST accepts remote connections; to serve remote clients, set AUTH=jwt or ALLOW_ANONYMOUS=true',
    );
  } else {
    logger.info(
      'only local clients are served, with full access (AUTH=none); behind a reverse proxy, set AUTH=jwt: a proxy that adds no headers looks like a local client',
    );
  }
}
