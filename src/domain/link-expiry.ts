import type { LinkUrls } from './link.js';

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
 * Of two links the earlier end counts. Null when there is no link.
 */
export function linkExpiry(facts: ExpiryFacts): Date | null {
  const links = [facts.publicUrl, facts.internalUrl].filter((link) => link !== null);
  if (links.length === 0) return null;
  const told = links.map(expiryInLink).filter((end) => end !== null);
  const asked =
    told.length === 0 && facts.lifetime !== undefined
      ? [new Date(facts.issuedAt.getTime() + facts.lifetime * 1000)]
      : [];
  return earliest([...told, ...asked], facts.credentialExpiresAt);
}

export interface LifeFacts {
  readonly expiresAt: Date | null;
  /** When the link came, by the upstream's clock. */
  readonly answeredAt: Date;
  /** The lifetime that was sent with the request, in seconds; absent when none was. */
  readonly lifetime?: number | undefined;
}

/**
 * Milliseconds a link works from the moment it came, never more than was asked for: clocks may
 * disagree. Null where its end is not known.
 */
export function linkLife({ expiresAt, answeredAt, lifetime = Infinity }: LifeFacts): number | null {
  if (expiresAt === null) return null;
  const left = expiresAt.getTime() - answeredAt.getTime();
  return Math.max(0, Math.min(left, lifetime * 1000));
}

function earliest(ends: readonly Date[], credentialExpiresAt: Date | undefined): Date | null {
  const known = credentialExpiresAt === undefined ? ends : [...ends, credentialExpiresAt];
  if (known.length === 0) return null;
  return new Date(Math.min(...known.map((end) => end.getTime())));
}

/**
 * Reads the expiry a storage link carries: `Expires` (epoch seconds), or `X-Amz-Date` +
 * `X-Amz-Expires`. The link is only read: printing it again would break signatures with raw `+ / =`.
 */
export function expiryInLink(link: string): Date | null {
  return (
    fromEpochSeconds(EXPIRES.exec(link)?.[1]) ??
    fromAmzDate(AMZ_DATE.exec(link)?.[1], AMZ_EXPIRES.exec(link)?.[1])
  );
}

/** Of the query, in any case; their values hold nothing that would be encoded. */
const EXPIRES = /^[^?#]*\?(?:[^#]*&)?Expires=([^&#]*)/i;
const AMZ_DATE = /^[^?#]*\?(?:[^#]*&)?X-Amz-Date=([^&#]*)/i;
const AMZ_EXPIRES = /^[^?#]*\?(?:[^#]*&)?X-Amz-Expires=([^&#]*)/i;

function fromEpochSeconds(seconds: string | undefined): Date | null {
  if (seconds === undefined || !/^\d{1,12}$/.test(seconds)) return null;
  return new Date(Number(seconds) * 1000);
}

function fromAmzDate(date: string | undefined, lifetime: string | undefined): Date | null {
  const parts = date?.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/);
  if (!parts || lifetime === undefined || !/^\d{1,7}$/.test(lifetime)) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const start = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(start) ? null : new Date(start + Number(lifetime) * 1000);
}
