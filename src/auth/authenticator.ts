import type { AuthConfig, TokenRules } from '../config/config.js';
import { type Caller, EVERYBODY, NOBODY } from '../domain/caller.js';
import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics.js';
import { RefusedTokenError } from './authentication-error.js';
import { callerOfClaims } from './caller-of-claims.js';
import type { FetchKeys } from './issuer-keys.js';
import { observeKeys } from './observe-keys.js';
import { createVerifyToken, type VerifyToken } from './verify-token.js';

/**
 * Determines the caller of a request from its Authorization header.
 * @throws RefusedTokenError, KeysUnavailableError
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

export interface AuthenticatorOptions {
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  readonly now?: () => Date;
  /** Replaces the global fetch. */
  readonly fetchKeys?: FetchKeys | undefined;
}

/**
 * With AUTH=none, every caller has full access. Only the error carries the reason for rejecting a
 * token.
 */
export function createAuthenticator(
  config: AuthConfig,
  { logger, metrics, now = () => new Date(), fetchKeys }: AuthenticatorOptions,
): Authenticate {
  if (config.kind === 'none') {
    const everybody = Promise.resolve(EVERYBODY);
    return () => everybody;
  }
  const observer = observeKeys({ logger, metrics, now });
  return bearer(createVerifyToken(config, { now, observer, fetchKeys }), config.tokens);
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
