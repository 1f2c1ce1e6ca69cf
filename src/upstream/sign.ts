import { createHmac, hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Credentials } from '../config/config.js';

export type QueryParameter = readonly [name: string, value: string];

/** A request to sign, decoded. */
export interface UnsignedRequest {
  readonly regionId: string;
  readonly path: readonly string[];
  readonly query: readonly QueryParameter[];
}

/** A signed GET request, ready to send. */
export interface SignedRequest {
  /** Path and query, encoded as in the signature. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningFacts {
  /** Host and port, as in the `host` header. */
  readonly host: string;
  readonly credentials: Credentials;
  /** Time of the signature in epoch milliseconds. */
  readonly time: number;
  /** Used for this request only. */
  readonly nonce: string;
  /** Provides signing keys; by default they are derived each time. */
  readonly deriveKey?: DeriveSigningKey;
}

const SERVICE = 'rds';

/**
 * Signs a request. Signs the same headers as the official SDK, plus the security token of
 * temporary credentials.
 * @throws URIError if it contains text without a UTF-8 form
 */
export function signRequest(
  { path, query, regionId }: UnsignedRequest,
  { host, credentials, time, nonce, deriveKey }: SigningFacts,
): SignedRequest {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/json',
    host,
    'x-jdcloud-date': signatureDate(time),
    'x-jdcloud-nonce': nonce,
  };
  const { accessKeyId, secretAccessKey, securityToken } = credentials;
  if (securityToken) headers['x-jdcloud-security-token'] = securityToken.reveal();
  const request = { method: 'GET', path: encodePath(path), query: encodeQuery(query), headers };
  const key = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
  headers['authorization'] = authorization(request, { regionId, service: SERVICE }, key, deriveKey);
  headers['user-agent'] = 'backup-download-graphql';
  return {
    target: request.query === '' ? request.path : `${request.path}?${request.query}`,
    headers,
  };
}

/** The signed parts of a request. */
export interface SignableRequest {
  readonly method: string;
  /** As of `encodePath`. */
  readonly path: string;
  /** As of `encodeQuery`. */
  readonly query: string;
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

const ALGORITHM = 'JDCLOUD2-HMAC-SHA256';
const TERMINATOR = 'jdcloud2_request';

/** Returns the JDCLOUD2-HMAC-SHA256 `Authorization` header of a request. */
export function authorization(
  request: SignableRequest,
  scope: SigningScope,
  { accessKeyId, secretAccessKey }: SigningKey,
  deriveKey?: DeriveSigningKey,
): string {
  const { names, credential, signature } = sign(request, scope, secretAccessKey, deriveKey);
  return `${ALGORITHM} Credential=${accessKeyId}/${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

/** Returns the signature in hex, with the names of the signed headers and the scope as text. */
export function sign(
  request: SignableRequest,
  scope: SigningScope,
  secretKey: string,
  deriveKey: DeriveSigningKey = deriveSigningKey,
) {
  const names = Object.keys(request.headers).sort();
  const date = request.headers['x-jdcloud-date'] ?? '';
  const day = date.slice(0, 8);
  const credential = `${day}/${scope.regionId}/${scope.service}/${TERMINATOR}`;
  const digest = hash('sha256', canonicalRequest(request, names));
  const signature = createHmac('sha256', deriveKey(secretKey, day, scope))
    .update(`${ALGORITHM}\n${date}\n${credential}\n${digest}`)
    .digest('hex');
  return { names, credential, signature };
}

function canonicalRequest(
  { method, path, query, headers, body }: SignableRequest,
  names: readonly string[],
): string {
  let lines = '';
  for (const name of names) lines += `${name}:${(headers[name] ?? '').trim()}\n`;
  const digest = body === undefined ? HASH_OF_NOTHING : hash('sha256', body);
  return `${method}\n${path}\n${query}\n${lines}\n${names.join(';')}\n${digest}`;
}

const HASH_OF_NOTHING = hash('sha256', '');

/** Returns the signing key for a day (`20190214`) and scope. */
export type DeriveSigningKey = (secretKey: string, day: string, scope: SigningScope) => Buffer;

/** Derives the key as specified. */
export const deriveSigningKey: DeriveSigningKey = (secretKey, day, { regionId, service }) =>
  [day, regionId, service, TERMINATOR].reduce<Buffer>(
    (key, content) => createHmac('sha256', key).update(content).digest(),
    Buffer.from(`JDCLOUD2${secretKey}`),
  );

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

let latest = { second: NaN, text: '' };

/** `20190214T104514Z`, in UTC. A page is signed within a second or two. */
function signatureDate(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== latest.second) {
    const text = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
    latest = { second, text };
  }
  return latest.text;
}

/**
 * RFC 3986 percent-encoding: only `A-Za-z0-9-_.~` are unreserved, hex digits are upper-case, a
 * space is `%20`.
 * @throws URIError for a lone surrogate, which has no UTF-8 form
 */
export function encodeRfc3986(text: string): string {
  // IDs are unreserved: testing is faster than encoding.
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const UNRESERVED = /^[\w.~-]*$/;

/** Encodes a path from decoded segments; a `/` inside a segment is encoded and stays within it. */
export function encodePath(segments: readonly string[]): string {
  return `/${segments.map(encodeRfc3986).join('/')}`;
}

/** Encodes a query from decoded parameters, sorted by name by code point. */
export function encodeQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join('&');
}
