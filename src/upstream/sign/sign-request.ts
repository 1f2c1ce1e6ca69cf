import type { Credentials } from '../../config/config.js';
import type { ApiOperation } from '../operation.js';
import { encodePath, encodeQuery } from './encode.js';
import { authorization, type DeriveSigningKey } from './signature.js';

const SERVICE = 'rds';
const USER_AGENT = 'backup-download-graphql';

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

/**
 * Signs an operation. Signs the same headers as the official SDK, plus the security token of
 * temporary credentials.
 * @throws URIError if the operation contains text without a UTF-8 form
 */
export function signRequest(
  { path, query, regionId }: Pick<ApiOperation<unknown>, 'path' | 'query' | 'regionId'>,
  { host, credentials, time, nonce, deriveKey }: SigningFacts,
): SignedRequest {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/json',
    host,
    'x-jdcloud-date': toSignatureDate(time),
    'x-jdcloud-nonce': nonce,
  };
  const { securityToken } = credentials;
  if (securityToken) headers['x-jdcloud-security-token'] = securityToken.reveal();
  const signed = authorization(
    { method: 'GET', path, query, headers },
    { regionId, service: SERVICE },
    {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey.reveal(),
    },
    deriveKey,
  );
  headers['authorization'] = signed;
  headers['user-agent'] = USER_AGENT;
  return {
    target: query.length > 0 ? `${encodePath(path)}?${encodeQuery(query)}` : encodePath(path),
    headers,
  };
}

/** `20190214T104514Z`, in UTC. */
function toSignatureDate(time: number): string {
  const text = new Date(time).toISOString();
  const date = text.slice(0, 4) + text.slice(5, 7) + text.slice(8, 10);
  return `${date}T${text.slice(11, 13)}${text.slice(14, 16)}${text.slice(17, 19)}Z`;
}
