import { createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';

/** The keys of a JWK Set that can verify tokens, and why others cannot. */
export interface SigningKeys {
  /** With public members only; `key_ops` and members of private keys make a key unusable to jose. */
  readonly keys: readonly JWK[];
  readonly unusable: readonly UnusableKey[];
}

export interface UnusableKey {
  readonly kid: string | undefined;
  readonly reason: string;
}

/** Public-key algorithms only: a secret must never pass for a public key, or vice versa. */
export const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Bits; RFC 7518, sections 3.3 and 3.5. */
const MIN_RSA_BITS = 2048;

/**
 * Reads a JWK Set (RFC 7517). Section 5 lets readers ignore keys that they do not understand: one
 * faulty key must not cost the others. Keys for other purposes are no faults.
 * @throws Error if the text is no JWK Set or has no usable key
 */
export function readSigningKeys(text: string): SigningKeys {
  const keys: JWK[] = [];
  const unusable: UnusableKey[] = [];
  for (const member of membersOf(text)) {
    if (!isForSignatures(member)) continue;
    const key = toPublicKey(member);
    if ('reason' in key) unusable.push(key);
    else keys.push(key);
  }
  if (keys.length > 0) return { keys, unusable };
  const reasons = unusable.map(({ reason }) => `: ${reason}`).slice(0, 1);
  throw new Error(`The JWK Set contains no usable signing key${reasons.join('')}.`);
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(text: string): readonly Members[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (cause) {
    throw new Error('The response is not JSON.', { cause });
  }
  const { keys } = Object(set) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('The response is not a JWK Set.');
  return keys.map((key) => Object(key) as Members);
}

function isForSignatures({ use, key_ops: operations, alg }: Members): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (!Array.isArray(operations) || operations.includes('verify')) &&
    (typeof alg !== 'string' || PUBLIC_KEY_ALGORITHMS.includes(alg))
  );
}

function toPublicKey(member: Members): JWK | UnusableKey {
  const kid = typeof member['kid'] === 'string' ? member['kid'] : undefined;
  try {
    const key = createPublicKey({ key: member, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? Infinity;
    if (bits < MIN_RSA_BITS) {
      return { kid, reason: `an RSA key of ${bits} bits; ${MIN_RSA_BITS} are required` };
    }
    const { alg } = member;
    return {
      ...key.export({ format: 'jwk' }),
      ...(kid !== undefined && { kid }),
      ...(typeof alg === 'string' && { alg }),
    };
  } catch {
    return { kid, reason: 'not a valid public key' };
  }
}
