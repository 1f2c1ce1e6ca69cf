import { createHmac, hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { encodePath, encodeQuery, type QueryParameter } from './encode.js';

const ALGORITHM = 'JDCLOUD2-HMAC-SHA256';
const TERMINATOR = 'jdcloud2_request';

/** The signed parts of a request. Path segments and query parameters are decoded. */
export interface SignableRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: readonly QueryParameter[];
  /**
   * Exactly the headers to sign, including x-jdcloud-date and x-jdcloud-nonce; lower-case names.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The credential scope of a signature: one day, one region, one service. */
export interface SigningScope {
  readonly regionId: string;
  readonly service: string;
}

/** The signing key pair, revealed. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Returns the signing key for a day (`20190214`) and scope. */
export type DeriveSigningKey = (secretKey: string, day: string, scope: SigningScope) => Buffer;

/** Returns the JDCLOUD2-HMAC-SHA256 `Authorization` header of a request. As pure as `derive`. */
export function authorization(
  request: SignableRequest,
  scope: SigningScope,
  key: SigningKey,
  derive: DeriveSigningKey = deriveSigningKey,
): string {
  const credential = `${key.accessKeyId}/${credentialScope(dateOf(request), scope)}`;
  const signature = sign(request, scope, key.secretAccessKey, derive);
  return `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders(request)}, Signature=${signature}`;
}

/** Returns only the signature, in hex. */
export function sign(
  request: SignableRequest,
  scope: SigningScope,
  secretKey: string,
  derive: DeriveSigningKey = deriveSigningKey,
): string {
  const key = derive(secretKey, dateOf(request).slice(0, 8), scope);
  return createHmac('sha256', key).update(stringToSign(request, scope)).digest('hex');
}

export function stringToSign(request: SignableRequest, scope: SigningScope): string {
  const date = dateOf(request);
  return [ALGORITHM, date, credentialScope(date, scope), sha256(canonicalRequest(request))].join(
    '\n',
  );
}

export function canonicalRequest(request: SignableRequest): string {
  const names = sortedNames(request);
  const headers = names.map((name) => `${name}:${(request.headers[name] ?? '').trim()}\n`);
  return [
    request.method,
    encodePath(request.path),
    encodeQuery(request.query),
    headers.join(''),
    names.join(';'),
    request.body === undefined ? HASH_OF_NOTHING : sha256(request.body),
  ].join('\n');
}

/** Derives the key as specified. */
export function deriveSigningKey(
  secretKey: string,
  day: string,
  { regionId, service }: SigningScope,
): Buffer {
  return [day, regionId, service, TERMINATOR].reduce<Buffer>(
    hmac,
    Buffer.from(`JDCLOUD2${secretKey}`),
  );
}

function credentialScope(date: string, { regionId, service }: SigningScope): string {
  return [date.slice(0, 8), regionId, service, TERMINATOR].join('/');
}

function signedHeaders(request: SignableRequest): string {
  return sortedNames(request).join(';');
}

function sortedNames({ headers }: SignableRequest): string[] {
  return Object.keys(headers).sort();
}

function dateOf({ headers }: SignableRequest): string {
  return headers['x-jdcloud-date'] ?? '';
}

function sha256(content: string | Buffer): string {
  return hash('sha256', content);
}

const HASH_OF_NOTHING = sha256('');

function hmac(key: Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

/** More than the existing regions: callers can request any. */
const MAX_SCOPES = 64;

/**
 * Derives keys of one secret and caches those of recent days and regions: a key is valid for a day
 * and takes longer to derive than a request to sign.
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
