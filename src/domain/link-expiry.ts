import { type LinkUrls, MAX_LIFETIME } from './link.js';

export interface ExpiryFacts extends LinkUrls {
  /** When the link was requested, by the upstream's clock. */
  readonly issuedAt: Date;
  /** The requested lifetime in seconds; absent if none was sent. */
  readonly lifetime?: number | undefined;
  /** When the signing credential expires, if known; no link outlives it. */
  readonly credentialExpiresAt?: Date | undefined;
}

/**
 * When a link expires: the expiry in the link itself, otherwise request time plus requested
 * lifetime, otherwise null. No default is assumed, because published defaults disagree (300 s and
 * 86,400 s). With two links, the earlier expiry counts. The expiry of the credential only shortens
 * a known expiry; alone it does not determine one. Null if there is no link, or if RFC 3339 cannot
 * represent the time.
 */
export function linkExpiry(facts: ExpiryFacts): Date | null {
  const links = [facts.publicUrl, facts.internalUrl].filter((link) => link !== null);
  if (links.length === 0) return null;
  const inLinks = links.map(endInLink).filter((end) => end !== null);
  const ends = (inLinks.length > 0 ? inLinks : requestedEnd(facts)).filter(isRepresentable);
  if (ends.length === 0) return null;
  return new Date(Math.min(...ends, facts.credentialExpiresAt?.getTime() ?? Infinity));
}

function requestedEnd({ issuedAt, lifetime }: ExpiryFacts): number[] {
  return lifetime === undefined ? [] : [issuedAt.getTime() + lifetime * 1000];
}

export interface LifeFacts {
  readonly expiresAt: Date | null;
  /** When the link was received, by the upstream's clock. */
  readonly answeredAt: Date;
  /** The requested lifetime in seconds; absent if none was sent. */
  readonly lifetime?: number | undefined;
}

/**
 * Milliseconds a link remains valid after it was received, capped by the requested lifetime and the
 * upstream's maximum, since clocks can disagree. Null if the expiry is unknown.
 */
export function linkLife({ expiresAt, answeredAt, lifetime }: LifeFacts): number | null {
  if (expiresAt === null) return null;
  const left = expiresAt.getTime() - answeredAt.getTime();
  return Math.max(0, Math.min(left, (lifetime ?? MAX_LIFETIME) * 1000));
}

/**
 * Reads the expiry of a storage link from `Expires` (epoch seconds) or `X-Amz-Date` +
 * `X-Amz-Expires`, in epoch milliseconds of any size. The link is only read: reserializing it would
 * break signatures with raw `+ / =`.
 */
function endInLink(link: string): number | null {
  return (
    fromEpochSeconds(EXPIRES.exec(link)?.[1]) ??
    fromAmzDate(AMZ_DATE.exec(link)?.[1], AMZ_EXPIRES.exec(link)?.[1])
  );
}

/** Query parameters, case-insensitive; their values never need decoding. */
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

/** RFC 3339 uses four-digit years; no link expired before 1970. */
function isRepresentable(end: number): boolean {
  return end >= 0 && end <= LAST_MOMENT;
}

const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59);
