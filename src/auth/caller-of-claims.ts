import type { JWTPayload } from 'jose';
import type { Caller, Right } from '../domain/caller.js';
import { isIdPart } from '../domain/ids.js';
import { RefusedTokenError } from './authentication-error.js';

const RIGHTS: readonly Right[] = ['backups:read', 'backups:download'];
/** Enough for any id, and bounded, since it goes into records. */
const MAX_SUBJECT_LENGTH = 256;

/**
 * Who the claims of a verified token speak of. Scopes stand in `scope` (RFC 8693: one string, by
 * spaces), `scopes` or `scp` (a list or such a string). `regions` and `instances` narrow what the
 * caller sees; where one of them cannot be read the token is refused, rather than taken for wider.
 * @throws RefusedTokenError
 */
export function callerOfClaims(claims: JWTPayload): Caller {
  const scopes = ['scope', 'scopes', 'scp'].flatMap((name) => scopesIn(claims[name]));
  return {
    id: subjectOf(claims),
    isKnown: true,
    rights: new Set(RIGHTS.filter((right) => scopes.includes(right))),
    regions: narrowing(claims, 'regions', isIdPart),
    instances: narrowing(claims, 'instances', isInstanceName),
  };
}

/** `sub` is required, but its type is nobody's business before this. */
function subjectOf({ sub }: { readonly sub?: unknown }): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= MAX_SUBJECT_LENGTH) return sub;
  throw malformed('sub');
}

function scopesIn(claim: unknown): readonly unknown[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim : [];
}

function narrowing(
  claims: JWTPayload,
  name: 'regions' | 'instances',
  isName: (text: string) => boolean,
): ReadonlySet<string> | null {
  if (!(name in claims)) return null;
  const names: unknown = claims[name];
  if (!Array.isArray(names)) throw malformed(name);
  return new Set(
    names.map((entry: unknown) => {
      if (typeof entry === 'string' && isName(entry)) return entry;
      throw malformed(name);
    }),
  );
}

/** `<instanceId>` or `<regionId>/<instanceId>`. */
function isInstanceName(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every(isIdPart);
}

function malformed(claim: string): RefusedTokenError {
  return new RefusedTokenError(`malformed claim ${claim}`);
}
