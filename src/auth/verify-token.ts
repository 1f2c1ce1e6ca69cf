import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { AuthConfig, TokenRules } from '../config/config.js';
import { RefusedTokenError } from './authentication-error.js';
import { claimAt } from './caller-of-claims.js';
import { createIssuerKeys, type IssuerKeysOptions } from './issuer-keys.js';
import { refusalReason } from './refusals.js';
import { PUBLIC_KEY_ALGORITHMS } from './signing-keys.js';

export type JwtConfig = Extract<AuthConfig, { kind: 'jwt' }>;

/**
 * Returns the claims of a valid token: signed by a known key, in date, and issued for this service.
 */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

/** `now` is the clock for `exp`, `nbf` and the age of keys. */
export type VerifyTokenOptions = Omit<IssuerKeysOptions, 'url' | 'maxAgeMs'>;

const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'];

/**
 * Verifies tokens (RFC 7519) with the keys and rules in `config`.
 * @throws RefusedTokenError, KeysUnavailableError from the returned function
 */
export function createVerifyToken(
  { keys, tokens }: JwtConfig,
  options: VerifyTokenOptions,
): VerifyToken {
  const { issuers, typ, clockToleranceS } = tokens;
  const checks: JWTVerifyOptions = {
    issuer: [...issuers],
    clockTolerance: clockToleranceS,
    requiredClaims: ['exp'],
    ...(typ !== undefined && { typ }),
  };
  const verify = verifierOf(keys, options);
  const fail = (cause: unknown): never => {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw new RefusedTokenError(refusalReason(cause, issuers), { cause });
  };
  return async (token) => {
    const claims = await verify(token, { ...checks, currentDate: options.now() }).catch(fail);
    checkAudience(claims, tokens);
    checkRequired(claims, tokens);
    return claims;
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function verifierOf(keys: JwtConfig['keys'], options: VerifyTokenOptions): Verify {
  if (keys.kind === 'secret') {
    const secret = new TextEncoder().encode(keys.secret.reveal());
    const algorithms = SECRET_ALGORITHMS;
    return async (token, checks) =>
      (await jwtVerify(token, secret, { ...checks, algorithms })).payload;
  }
  const keyOf = createIssuerKeys({ ...options, url: keys.url, maxAgeMs: keys.maxAgeMs });
  const algorithms = PUBLIC_KEY_ALGORITHMS;
  return async (token, checks) => {
    const all = { ...checks, algorithms };
    try {
      return (await jwtVerify(token, keyOf, all)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return verifyWithAny(error, token, all);
    }
  };
}

/** Keys that fit a token without `kid`. Each costs a verification, also of a forged token. */
const MAX_CANDIDATES = 8;

/** @throws JOSEError of the first candidate that signed the token, or that none did */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  checks: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of candidates) {
    if ((tried += 1) > MAX_CANDIDATES) throw candidates;
    try {
      return (await jwtVerify(token, key, checks)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/**
 * Requires an accepted audience in `aud` (RFC 7519, section 4.1.3). Another claim substitutes for a
 * missing `aud` only, never for a wrong one, which marks a token for another service.
 */
function checkAudience(claims: JWTPayload, { audiences, audienceClaim }: TokenRules): void {
  const name = 'aud' in claims ? 'aud' : (audienceClaim ?? 'aud');
  const audience = claimAt(claims, name);
  if (audience === undefined) throw new RefusedTokenError('aud: missing');
  if (!audiences.some((expected) => holds(audience, expected))) {
    throw new RefusedTokenError(`${name}: unexpected`);
  }
}

function checkRequired(claims: JWTPayload, { requiredClaims }: TokenRules): void {
  for (const { name, value } of requiredClaims) {
    const claim = claimAt(claims, name);
    if (claim === undefined) throw new RefusedTokenError(`${name}: missing`);
    // Allows requiring `true` and `1`.
    const isPlain = typeof claim === 'boolean' || typeof claim === 'number';
    if (!holds(isPlain ? String(claim) : claim, value)) {
      throw new RefusedTokenError(`${name}: unexpected`);
    }
  }
}

function holds(claim: unknown, value: string): boolean {
  return Array.isArray(claim) ? claim.includes(value) : claim === value;
}
