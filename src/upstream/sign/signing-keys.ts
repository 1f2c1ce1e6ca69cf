import { LRUCache } from 'lru-cache';
import { deriveSigningKey, type DeriveSigningKey } from './signature.js';

/** Regions there are, and then some: callers may ask for any. */
const MAX_SCOPES = 64;

/**
 * Derives keys of one secret, and keeps those of the last days and regions: a key is the same for a
 * whole day, and takes longer to derive than a request takes to sign.
 */
export function createSigningKeys(): DeriveSigningKey {
  const keys = new LRUCache<string, Buffer>({ max: MAX_SCOPES });
  let secret = '';
  return (secretKey, day, scope) => {
    if (secretKey !== secret) keys.clear();
    secret = secretKey;
    const name = `${day}/${scope.regionId}/${scope.service}`;
    const key = keys.get(name) ?? deriveSigningKey(secretKey, day, scope);
    keys.set(name, key);
    return key;
  };
}
