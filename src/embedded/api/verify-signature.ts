import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../config/config.js';
import { sign } from '../../upstream/sign/signature.js';
import { ApiError, invalidArgument } from './api-error.js';
import type { Target } from './target.js';
import { parseAuthorization } from './authorization-header.js';
import type { Nonces } from './nonces.js';

/** Allowed difference of a client's clock, in milliseconds. */
const CLOCK_WINDOW = 15 * 60_000;
const REQUIRED = ['x-jdcloud-date', 'x-jdcloud-nonce'] as const;

export interface ReceivedRequest extends Target {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

export interface VerifyOptions {
  readonly credentials: Credentials;
  readonly nonces: Nonces;
  readonly now: Date;
}

/**
 * Verifies that a request is signed with the credentials for this region and service `rds`, within
 * the clock window, with an unused nonce.
 * @throws ApiError 401 UNAUTHENTICATED, 403 PERMISSION_DENIED for a used nonce, 400 for one that is
 *   too long, 429 RATE_LIMIT if no more nonces can be stored
 */
export function verifySignature(
  request: ReceivedRequest,
  regionId: string,
  { credentials, nonces, now }: VerifyOptions,
): void {
  const claim = parseAuthorization(request.headers.authorization ?? '');
  if (claim === null) throw unauthenticated('the Authorization header is missing or malformed');
  if (claim.accessKeyId !== credentials.accessKeyId) throw unauthenticated('unknown access key');
  if (claim.regionId !== regionId || claim.service !== 'rds') {
    throw unauthenticated('the credential scope names another region or service');
  }
  const headers = signedHeaders(request, claim.signedHeaders);
  const signedAt = checkClock(headers['x-jdcloud-date'], claim.day, now);
  const expected = sign(
    { ...request, headers },
    { regionId, service: 'rds' },
    credentials.secretAccessKey.reveal(),
  );
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))) {
    throw unauthenticated('the signature does not match');
  }
  // Checked last, so that only requests signed with the key consume nonces.
  useNonce(nonces, headers['x-jdcloud-nonce'] ?? '', signedAt + CLOCK_WINDOW, now);
}

/** Characters; a UUID has 36. */
const MAX_NONCE_LENGTH = 128;

function useNonce(nonces: Nonces, nonce: string, until: number, now: Date): void {
  if (nonce.length > MAX_NONCE_LENGTH) {
    throw invalidArgument(
      `x-jdcloud-nonce is too long; the limit is ${MAX_NONCE_LENGTH} characters.`,
    );
  }
  switch (nonces.use(nonce, until, now.getTime())) {
    case 'taken':
      return;
    case 'used':
      throw new ApiError(
        403,
        'PERMISSION_DENIED',
        'x-jdcloud-nonce was already used; send a new one.',
      );
    case 'full':
      throw new ApiError(429, 'RATE_LIMIT', 'Too many requests; retry later.');
  }
}

function signedHeaders(
  { headers }: ReceivedRequest,
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

/** Returns the time of the request in epoch milliseconds. */
function checkClock(date: string | undefined, day: string, now: Date): number {
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
  return time;
}

function unauthenticated(reason: string): ApiError {
  return new ApiError(401, 'UNAUTHENTICATED', `Not authenticated: ${reason}.`);
}
