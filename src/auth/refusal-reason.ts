import { errors } from 'jose';

/**
 * Why a token is refused, for the log: the claim or the member of the header, and the check it did not
 * pass. No value of the token is repeated; tokens end up in logs that way.
 * @param issuers those that are accepted
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

/** The commonest fault of a setting, and hard to see. */
const SLASH = 'iss: unexpected, differs from AUTH_ISSUER by a slash at its end';

function differsBySlash(issuer: unknown, issuers: readonly string[]): boolean {
  return issuers.some((expected) => `${expected}/` === issuer || expected === `${String(issuer)}/`);
}
