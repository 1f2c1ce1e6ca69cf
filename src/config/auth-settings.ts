import { type ConfigOf, table, type Use } from './table.js';
import { toProxy } from './upstream-settings.js';
import {
  claimName,
  claimValues,
  flag,
  jwksAddress,
  mediaType,
  oneOf,
  seconds,
  tokenSecret,
  valueList,
  wholeNumber,
} from './values.js';

/** Issuer and audience are required, so that tokens for others are rejected. */
const required: Use = { requires: 'AUTH=jwt', requiredWith: 'AUTH=jwt' };
/** A fault without AUTH, since the server would be open. */
const ofTokens: Use = { requires: 'AUTH=jwt' };

/** Requirements for tokens, and the claims that hold the caller's identity and permissions. */
const tokens = table({
  /** Accepted values of `iss`. */
  issuers: ['AUTH_ISSUER', valueList.default([]).meta(required)],
  /** Accepted values of `aud`. */
  audiences: ['AUTH_AUDIENCE', valueList.default([]).meta(required)],
  /** Claim with the audience of a token without `aud`; if absent, such a token is rejected. */
  audienceClaim: ['AUTH_AUDIENCE_CLAIM', claimName.optional().meta(ofTokens)],
  /** Claims that must have exactly this value. */
  requiredClaims: ['AUTH_REQUIRED_CLAIMS', claimValues.default([]).meta(ofTokens)],
  /** Claim that names the caller. */
  subjectClaim: ['AUTH_SUBJECT_CLAIM', claimName.default('sub').meta(ofTokens)],
  /** Required `typ` header parameter; any or none if absent. */
  typ: ['AUTH_TOKEN_TYP', mediaType.optional().meta(ofTokens)],
  /** Claims that hold permissions. */
  rightsClaims: [
    'AUTH_RIGHTS_CLAIMS',
    valueList.default(['scope', 'scopes', 'scp']).meta(ofTokens),
  ],
  /** The issuer's names for each permission; any of them grants it. */
  readScopes: ['AUTH_READ_SCOPE', valueList.default(['backups:read']).meta(ofTokens)],
  downloadScopes: ['AUTH_DOWNLOAD_SCOPE', valueList.default(['backups:download']).meta(ofTokens)],
  /** Seconds the issuer's clock can differ from ours, in either direction. */
  clockToleranceS: ['AUTH_CLOCK_TOLERANCE_S', wholeNumber(0, 300).default(60).meta(ofTokens)],
});

export type TokenRules = ConfigOf<typeof tokens>;

const kinds = table({
  kind: ['AUTH', oneOf('none', 'jwt').default('none')],
  /** Whether clients on other machines are served too. */
  allowAnonymous: ['ALLOW_ANONYMOUS', flag.default(false).meta({ requires: 'AUTH=none' })],
  url: ['AUTH_JWKS_URL', jwksAddress.optional().meta(ofTokens)],
  secret: ['AUTH_JWT_SECRET', tokenSecret.optional().meta(ofTokens)],
  /** Milliseconds to keep using cached keys while fetching fails. */
  maxAgeMs: [
    'AUTH_KEYS_MAX_AGE_S',
    seconds(60, 604_800).default(86_400_000).meta({ requires: 'AUTH_JWKS_URL' }),
  ],
});

export const authShape = { ...tokens.shape, ...kinds.shape };

/** How callers are authenticated. */
export type AuthConfig = ReturnType<typeof toAuth>;

/** @param settings with exactly one of the two sources of keys, unless AUTH=none */
export function toAuth(settings: Readonly<Record<string, unknown>>) {
  const { kind, allowAnonymous, url = '', secret, maxAgeMs } = kinds.read(settings);
  if (kind === 'none') return { kind, allowAnonymous };
  const keys = secret
    ? { kind: 'secret' as const, secret }
    : { kind: 'jwks' as const, url, maxAgeMs, ...toProxy(settings) };
  return { kind, keys, tokens: tokens.read(settings) };
}
