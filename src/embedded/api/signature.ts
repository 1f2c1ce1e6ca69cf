import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../config/config.js';
import { encodePath, encodeQuery, sign } from '../../upstream/sign.js';
import { ApiError, invalidArgument } from './api-error.js';
import type { Target } from './parameters.js';

/** The parts of an `Authorization` header of JDCLOUD2-HMAC-SHA256. */
interface Claim {
  readonly accessKeyId: string;
  /** `yyyymmdd`. */
  readonly day: string;
  readonly regionId: string;
  readonly service: string;
  /** Lower-case names, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

const FORM =
  /^JDCLOUD2-HMAC-SHA256 Credential=([\w-]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/jdcloud2_request, SignedHeaders=([a-z0-9_-]+(?:;[a-z0-9_-]+)*), Signature=([0-9a-f]{64})$/;

/** Parses the header; null unless it has the documented form. */
export function parseAuthorization(header: string): Claim | null {
  const [, accessKeyId, day, regionId, service, names, signature] = FORM.exec(header) ?? [];
  if (!accessKeyId || !day || !regionId || !service || !names || !signature) return null;
  const signedHeaders = names.split(';');
  const isSorted = signedHeaders.every((name, i) => i === 0 || (signedHeaders[i - 1] ?? '') < name);
  return isSorted ? { accessKeyId, day, regionId, service, signedHeaders, signature } : null;
}

/** Allowed difference of a client's clock, in milliseconds. */
const CLOCK_WINDOW = 15 * 60_000;
const REQUIRED = ['x-jdcloud-date', 'x-jdcloud-nonce'] as const;

export interface SignedRequest extends Target {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Verifies that a request is signed for a region and service `rds`, within the clock window, with
 * an unused nonce.
 * @throws ApiError 401 UNAUTHENTICATED, 403 PERMISSION_DENIED for a used nonce, 400 for one that is
 *   too long, 429 RATE_LIMIT if no more nonces can be stored
 */
export type VerifySignature = (request: SignedRequest, regionId: string, now: Date) => void;

export function createVerifySignature(
  { accessKeyId, secretAccessKey }: Credentials,
  useNonce = createUseNonce(MAX_NONCES),
): VerifySignature {
  return (request, regionId, now) => {
    const claim = parseAuthorization(request.headers.authorization ?? '');
    if (claim === null) throw unauthenticated('the Authorization header is missing or malformed');
    if (claim.accessKeyId !== accessKeyId) throw unauthenticated('unknown access key');
    if (claim.regionId !== regionId || claim.service !== 'rds') {
      throw unauthenticated('the credential scope names another region or service');
    }
    const headers = signedHeaders(request, claim.signedHeaders);
    checkClock(headers['x-jdcloud-date'], claim.day, now);
    const scope = { regionId, service: 'rds' };
    const { method } = request;
    const [path, query] = [encodePath(request.path), encodeQuery(request.query)];
    const expected = sign({ method, path, query, headers }, scope, secretAccessKey.reveal());
    if (!timingSafeEqual(Buffer.from(expected.signature), Buffer.from(claim.signature))) {
      throw unauthenticated('the signature does not match');
    }
    // Checked last, so that only requests signed with the key consume nonces.
    useNonce(headers['x-jdcloud-nonce'] ?? '', now.getTime());
  };
}

/** Characters; a UUID has 36. */
const MAX_NONCE_LENGTH = 128;
/** About 60 MB. A client within the cloud's own quota of 1,000 calls a minute needs 30,000. */
const MAX_NONCES = 500_000;

/** Remembers nonces until the signature of their request has expired, whatever its clock. */
export function createUseNonce(maxNonces: number): (nonce: string, now: number) => void {
  /** When each can be forgotten, in this order. */
  const used = new Map<string, number>();
  return (nonce, now) => {
    if (nonce.length > MAX_NONCE_LENGTH) {
      throw invalidArgument(
        `x-jdcloud-nonce is too long; the limit is ${MAX_NONCE_LENGTH} characters.`,
      );
    }
    for (const [oldest, until] of used) {
      if (until >= now) break;
      used.delete(oldest);
    }
    if (used.has(nonce)) throw new ApiError(403, 'PERMISSION_DENIED', USED_NONCE);
    if (used.size >= maxNonces) {
      throw new ApiError(429, 'RATE_LIMIT', 'Too many requests; retry later.');
    }
    used.set(nonce, now + 2 * CLOCK_WINDOW);
  };
}

const USED_NONCE = 'x-jdcloud-nonce was already used; send a new one.';

function signedHeaders(
  { headers }: SignedRequest,
  names: readonly string[],
): Record<string, string> {
  const missing = REQUIRED.find((name) => !names.includes(name));
  if (missing) throw unauthenticated(`the header ${missing} must be sent and signed`);
  return Object.fromEntries(
    names.map((name) => {
      const value = headers[name];
      if (typeof value !== 'string' || value === '') {
        throw unauthenticated('a header of SignedHeaders is missing or empty');
      }
      return [name, value];
    }),
  );
}

function checkClock(date: string | undefined, day: string, now: Date): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '');
  if (!parts) throw unauthenticated('x-jdcloud-date must be in UTC, for example 20200107T151407Z');
  const [, year, month, dayOfMonth, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  if (date?.slice(0, 8) !== day) {
    throw unauthenticated('the credential scope and x-jdcloud-date differ in their date');
  }
  if (!(Math.abs(now.getTime() - time) <= CLOCK_WINDOW)) {
    throw unauthenticated(
      "the signature expired: x-jdcloud-date is more than 15 minutes off the server's clock",
    );
  }
}

function unauthenticated(reason: string): ApiError {
  return new ApiError(401, 'UNAUTHENTICATED', `Not authenticated: ${reason}.`);
}
