import { type LinkUrls, MAX_LIFETIME } from './link.js';

export interface ExpiryFacts extends LinkUrls {
  /** When the link was asked for, by the upstream's clock. */
  readonly issuedAt: Date;
  /** The lifetime that was sent with the request, in seconds; absent when none was. */
  readonly lifetime?: number | undefined;
  /** When the credential that signed the link dies, where that is known: no link outlives it. */
  readonly credentialExpiresAt?: Date | undefined;
}

/**
 * When a link stops working: what the link itself says, else issue time + the lifetime asked for,
 * else null. A default is never assumed, because published defaults disagree (300 s and 86,400 s).
 * Of two links the earlier end counts. The end of the credential only shortens a known end: alone it
 * does not tell how long the link lives. Null when there is no link, and where its end is no moment
 * that RFC 3339 can write.
 */
export function linkExpiry(facts: ExpiryFacts): Date | null {
  const links = [facts.publicUrl, facts.internalUrl].filter((link) => link !== null);
  if (links.length === 0) return null;
  const told = links.map(endInLink).filter((end) => end !== null);
  const ends = (told.length > 0 ? told : askedEnd(facts)).filter(isSayable);
  if (ends.length === 0) return null;
  return new Date(Math.min(...ends, facts.credentialExpiresAt?.getTime() ?? Infinity));
}

function askedEnd({ issuedAt, lifetime }: ExpiryFacts): number[] {
  return lifetime === undefined ? [] : [issuedAt.getTime() + lifetime * 1000];
}

export interface LifeFacts {
  readonly expiresAt: Date | null;
  /** When the link came, by the upstream's clock. */
  readonly answeredAt: Date;
  /** The lifetime that was sent with the request, in seconds; absent when none was. */
  readonly lifetime?: number | undefined;
}

/**
 * Milliseconds a link works from the moment it came, never more than was asked for, or than the upstream
 * gives any link: clocks may disagree. Null where its end is not known.
 */
export function linkLife({ expiresAt, answeredAt, lifetime }: LifeFacts): number | null {
  if (expiresAt === null) return null;
  const left = expiresAt.getTime() - answeredAt.getTime();
  return Math.max(0, Math.min(left, (lifetime ?? MAX_LIFETIME) * 1000));
}

/**
 * Reads the expiry a storage link carries: `Expires` (epoch seconds), or `X-Amz-Date` +
 * `X-Amz-Expires`. The link is only read: printing it again would break signatures with raw `+ / =`.
 * Null where it carries none, and where that is before 1970 or after the year 9999.
 */
export function expiryInLink(link: string): Date | null {
  const end = endInLink(link);
  return end !== null && isSayable(end) ? new Date(end) : null;
}

/** Epoch milliseconds, of any size. */
function endInLink(link: string): number | null {
  return (
    fromEpochSeconds(EXPIRES.exec(link)?.[1]) ??
    fromAmzDate(AMZ_DATE.exec(link)?.[1], AMZ_EXPIRES.exec(link)?.[1])
  );
}

/** Of the query, in any case; their values hold nothing that would be encoded. */
const EXPIRES = /^[^?#]*\?(?:[^#]*&)?Expires=([^&#]*)/i;
const AMZ_DATE = /^[^?#]*\?(?:[^#]*&)?X-Amz-Date=([^&#]*)/i;
const AMZ_EXPIRES = /^[^?#]*\?(?:[^#]*&)?X-Amz-Expires=([^&#]*)/i;

function fromEpochSeconds(seconds: string | undefined): number | null {
  return seconds !== undefined && DIGITS.test(seconds) ? Number(seconds) * 1000 : null;
}

function fromAmzDate(date: string | undefined, lifetime: string | undefined): number | null {
  const parts = date?.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/);
  if (!parts || lifetime === undefined || !DIGITS.test(lifetime)) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const start = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(start) ? null : start + Number(lifetime) * 1000;
}

const DIGITS = /^\d+$/;

/** RFC 3339 writes years in four digits; no link ended before 1970. */
function isSayable(end: number): boolean {
  return end >= 0 && end <= LAST_MOMENT;
}

const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59);
