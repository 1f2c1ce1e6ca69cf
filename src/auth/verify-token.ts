import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose';
import type { AuthConfig } from '../config/config.js';
import { KeysUnavailableError, RefusedTokenError } from './authentication-error.js';

export type JwtConfig = Extract<AuthConfig, { kind: 'jwt' }>;

/** The claims of a token that is signed by a known key, in time, and for this service. */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

/** Fetches a set of keys, in place of the global fetch. */
export type FetchKeys = FetchImplementation;

/** Of public keys only: a secret must never be guessed to be one of them, nor the other way round. */
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'];

/** Seconds the clock of the issuer may differ from ours. */
const CLOCK_TOLERANCE = 5;

/** Milliseconds: fetched keys are kept, asked for again for an unknown one, and waited for. */
const JWKS_TIMES = { cacheMaxAge: 600_000, cooldownDuration: 30_000, timeoutDuration: 5000 };

/**
 * Verifies tokens (RFC 7519) by the keys of `config`.
 * @param now the clock `exp` and `nbf` are judged by
 * @param fetchKeys in place of the global fetch
 * @throws RefusedTokenError, KeysUnavailableError from the returned function
 */
export function createVerifyToken(
  config: JwtConfig,
  now: () => Date,
  fetchKeys?: FetchKeys,
): VerifyToken {
  const { keys, issuer, audience } = config;
  const options = {
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE,
    requiredClaims: ['exp', 'sub'],
  };
  const verify = verifierOf(keys, fetchKeys);
  return async (token) => {
    try {
      return await verify(token, { ...options, currentDate: now() });
    } catch (error) {
      throw toAuthenticationError(error);
    }
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function verifierOf(keys: JwtConfig['keys'], fetchKeys: FetchKeys | undefined): Verify {
  if (keys.kind === 'secret') {
    const secret = new TextEncoder().encode(keys.secret.reveal());
    const algorithms = SECRET_ALGORITHMS;
    return async (token, options) =>
      (await jwtVerify(token, secret, { ...options, algorithms })).payload;
  }
  const keySet = createRemoteJWKSet(new URL(keys.url), {
    ...JWKS_TIMES,
    ...(fetchKeys && { [customFetch]: fetchKeys }),
  });
  const algorithms = PUBLIC_KEY_ALGORITHMS;
  return async (token, options) =>
    (await jwtVerify(token, keySet, { ...options, algorithms })).payload;
}

/**
 * jose has an error class for each fault of a token. A set of keys that does not come, is no answer
 * of 200 or cannot be read is the generic class or one of its own; what fetch throws is none of them.
 */
function toAuthenticationError(cause: unknown): RefusedTokenError | KeysUnavailableError {
  const isOfToken =
    cause instanceof errors.JOSEError &&
    cause.code !== errors.JOSEError.code &&
    !(cause instanceof errors.JWKSTimeout) &&
    !(cause instanceof errors.JWKSInvalid);
  return isOfToken
    ? new RefusedTokenError(cause.code, { cause })
    : new KeysUnavailableError({ cause });
}
