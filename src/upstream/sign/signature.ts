import { createHmac, hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { encodePath, encodeQuery, type QueryParameter } from './encode.js';

const ALGORITHM = 'JDCLOUD2-HMAC-SHA256';
const TERMINATOR = 'jdcloud2_request';

/** What a signature covers. Path segments and query parameters are decoded. */
export interface SignableRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: readonly QueryParameter[];
  /** Exactly the headers to sign, x-jdcloud-date and x-jdcloud-nonce among them; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Where a signature is valid: one day, one region, one service. */
export interface SigningScope {
  readonly regionId: string;
  readonly service: string;
}

/** The key pair that signs, revealed. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Gives the key that signs on one day (`20190214`) in one scope. */
export type DeriveSigningKey = (secretKey: string, day: string, scope: SigningScope) => Buffer;

/** The `Authorization` header of JDCLOUD2-HMAC-SHA256 for a request. Pure, as far as `derive` is. */
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

/** The signature alone, in hex. */
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

/** The key by its definition. */
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
