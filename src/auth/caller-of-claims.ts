import type { JWTPayload } from 'jose';
import type { TokenRules } from '../config/config.js';
import type { Caller, Right } from '../domain/caller.js';
import { isIdPart } from '../domain/ids.js';
import { RefusedTokenError } from './authentication-error.js';

/** Claims that can be a space-separated string (RFC 8693, section 4.2); all others are arrays. */
const WORDS = new Set(['scope', 'scopes', 'scp']);
/** Characters. Fits any ID and bounds audit records. */
const MAX_SUBJECT_LENGTH = 256;

/** The claims that hold the subject and permissions of the bearer. */
export type CallerRules = Pick<
  TokenRules,
  'subjectClaim' | 'rightsClaims' | 'readScopes' | 'downloadScopes'
>;

/**
 * The caller described by the claims of a verified token. Permissions are the union over all
 * permission claims; a malformed one grants nothing. `regions` and `instances` restrict what the
 * caller sees; if one is malformed, the token is rejected rather than treated as unrestricted.
 * @throws RefusedTokenError
 */
export function callerOfClaims(claims: JWTPayload, rules: CallerRules): Caller {
  return {
    id: subjectOf(claims, rules.subjectClaim),
    isKnown: true,
    rights: rightsOf(claims, rules),
    regions: narrowing(claims, 'regions', isIdPart),
    instances: narrowing(claims, 'instances', isInstanceName),
  };
}

function subjectOf(claims: JWTPayload, name: string): string {
  const subject = claimAt(claims, name);
  if (subject === undefined) throw new RefusedTokenError(`${name}: missing`);
  if (typeof subject === 'string' && subject !== '' && subject.length <= MAX_SUBJECT_LENGTH) {
    return subject;
  }
  throw malformed(name);
}

function rightsOf(
  claims: JWTPayload,
  { rightsClaims, readScopes, downloadScopes }: CallerRules,
): ReadonlySet<Right> {
  const held = new Set(rightsClaims.flatMap((name) => wordsIn(claimAt(claims, name), name)));
  const rights = new Set<Right>();
  if (readScopes.some((name) => held.has(name))) rights.add('backups:read');
  if (downloadScopes.some((name) => held.has(name))) rights.add('backups:download');
  return rights;
}

function wordsIn(claim: unknown, name: string): readonly unknown[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' && WORDS.has(name) ? claim.split(' ') : [];
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
  return new RefusedTokenError(`${claim}: malformed`);
}

/**
 * Reads a claim by name: a member with exactly this name, such as `https://example.com/roles`, or
 * the end of a dotted path, such as `realm_access.roles`. Members along the path can contain dots
 * themselves, such as the client in `resource_access.backups.example.com.roles`. Undefined if
 * missing.
 */
export function claimAt(claims: object, name: string): unknown {
  const members = claims as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(members, name)) return members[name];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot);
    const inner = Object.hasOwn(members, head) ? members[head] : undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const found = claimAt(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
