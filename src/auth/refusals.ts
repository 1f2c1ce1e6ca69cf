import { errors } from 'jose';
import { byRate, type RateLimited } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics.js';
import type { RefusedTokenError } from './authentication-error.js';

/** Records rejected tokens. */
export interface Refusals {
  report(error: RefusedTokenError, httpRequestId: string): void;
  /** Logs pending counts. */
  flush(): void;
}

export interface RefusalsOptions {
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Logs and counts rejected tokens. Since anyone can send invalid tokens, each reason is logged at
 * most once a minute, with a count and the last request.
 */
export function createRefusals({ logger, metrics, now }: RefusalsOptions): Refusals {
  const kinds = new Map<string, { readonly line: RateLimited; httpRequestId: string }>();

  function kindOf(reason: string, httpRequestId: string) {
    const log = (count: number): void => {
      logger.info({ reason, count, httpRequestId: kind.httpRequestId }, 'token refused');
    };
    const kind = { line: byRate(log, now), httpRequestId };
    kinds.set(reason, kind);
    return kind;
  }

  return {
    report({ reason }, httpRequestId) {
      metrics?.refused(reason);
      const kind = kinds.get(reason) ?? kindOf(reason, httpRequestId);
      kind.httpRequestId = httpRequestId;
      kind.line.happened();
    },
    flush() {
      for (const { line } of kinds.values()) line.flush();
    },
  };
}

/**
 * The logged reason for rejecting a token: the claim or header parameter and the check it failed.
 * Contains no values from the token, which would leak tokens into logs.
 * @param issuers the accepted issuers
 */
export function refusalReason(error: errors.JOSEError, issuers: readonly string[]): string {
  if (error instanceof errors.JWTExpired) return 'exp: passed';
  if (error instanceof errors.JWTClaimValidationFailed) return reasonOfClaim(error, issuers);
  return REASONS.get(error.code) ?? 'token: malformed';
}

const REASONS: ReadonlyMap<string, string> = new Map([
  [errors.JOSEAlgNotAllowed.code, 'alg: not allowed'],
  [errors.JOSENotSupported.code, 'crit: not supported'],
  [errors.JWKSNoMatchingKey.code, 'kid: unknown'],
  [errors.JWKSMultipleMatchingKeys.code, 'kid: missing'],
  [errors.JWSSignatureVerificationFailed.code, 'signature: invalid'],
]);

function reasonOfClaim(
  { claim, reason, payload }: errors.JWTClaimValidationFailed,
  issuers: readonly string[],
): string {
  if (reason === 'missing') return `${claim}: missing`;
  if (reason === 'invalid') return `${claim}: malformed`;
  if (claim === 'nbf') return 'nbf: not yet';
  if (claim === 'iss' && differsBySlash(payload.iss, issuers)) return SLASH;
  return `${claim}: unexpected`;
}

/** The most common misconfiguration, and hard to spot. */
const SLASH = 'iss: unexpected, differs from AUTH_ISSUER by a trailing slash';

function differsBySlash(issuer: unknown, issuers: readonly string[]): boolean {
  return issuers.some((expected) => `${expected}/` === issuer || expected === `${String(issuer)}/`);
}
