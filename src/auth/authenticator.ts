import type { AuthConfig } from '../config/config.js';
import { type Caller, EVERYBODY, NOBODY } from '../domain/caller.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';
import { KeysUnavailableError, RefusedTokenError } from './authentication-error.js';
import { callerOfClaims } from './caller-of-claims.js';
import { createVerifyToken, type FetchKeys, type VerifyToken } from './verify-token.js';

/**
 * Finds out who sent a request by its Authorization header, absent or as it came.
 * @throws RefusedTokenError, KeysUnavailableError
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

export interface AuthenticatorOptions {
  readonly logger: Logger;
  readonly now?: () => Date;
  /** In place of the global fetch. */
  readonly fetchKeys?: FetchKeys | undefined;
}

/** With AUTH=none everybody has all rights. Why a token is refused stands in the log alone. */
export function createAuthenticator(
  config: AuthConfig,
  { logger, now = () => new Date(), fetchKeys }: AuthenticatorOptions,
): Authenticate {
  if (config.kind === 'none') {
    const everybody = Promise.resolve(EVERYBODY);
    return () => everybody;
  }
  return logged(bearer(createVerifyToken(config, now, fetchKeys)), logger);
}

/** RFC 6750: `Bearer`, in any case, and the token. */
function bearer(verify: VerifyToken): Authenticate {
  return async (authorization) => {
    if (authorization === undefined) return NOBODY;
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw new RefusedTokenError('no bearer token');
    return callerOfClaims(await verify(token));
  };
}

/** Missing keys stop everybody: it is said when that begins and ends. */
function logged(authenticate: Authenticate, logger: Logger): Authenticate {
  let hasKeys = true;
  const say = (available: boolean, error?: KeysUnavailableError): void => {
    if (hasKeys === available) return;
    hasKeys = available;
    if (available) logger.info('tokens can be checked again');
    else logger.error({ error: describeError(error) }, 'tokens cannot be checked');
  };
  return async (authorization) => {
    try {
      const caller = await authenticate(authorization);
      if (caller.isKnown) say(true);
      return caller;
    } catch (error) {
      if (error instanceof KeysUnavailableError) say(false, error);
      throw error;
    }
  };
}
