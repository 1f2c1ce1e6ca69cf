import { z } from 'zod';
import { type IssuedLink, MAX_LIFETIME } from '../domain/link.js';
import { linkIdOfUrls } from '../domain/link-id.js';
import type { LinkStore } from './reusing-link-source.js';
import { createSeal, type Seal } from './seal.js';

export interface RedisLinkStoreOptions {
  /** Has its own timeouts. */
  readonly redis: {
    mgetBuffer(names: readonly string[]): Promise<(Buffer | null)[]>;
    set(name: string, value: Buffer, unit: 'PX', ms: number): Promise<unknown>;
  };
  /** The account of the links; accounts on the same Redis are separate. */
  readonly account: string;
  /** 32 bytes each: the first seals, all open. */
  readonly secrets: readonly [Buffer, ...Buffer[]];
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const PREFIX = 'backup-links:link:';

/** The stored form, possibly written by another release. */
const keptLink = z.object({
  /** Sealed with the link, so that a writer to Redis cannot restore an expired value. */
  keptUntil: z.int(),
  publicUrl: z.string().nullable(),
  internalUrl: z.string().nullable(),
  expiresAt: z.iso.datetime().transform((time) => new Date(time)),
  requestId: z.string().exactOptional(),
  sizeBytes: z.int().nullable().default(null),
  sha256: z.string().nullable().default(null),
});

/**
 * Stores sealed links for all processes on a Redis. While Redis is unavailable, nothing is stored
 * or found.
 */
export function createRedisLinkStore(options: RedisLinkStoreOptions): LinkStore {
  const { redis, account, secrets, now = Date.now } = options;
  const seals = secrets.map(createSeal);
  const writer = createSeal(secrets[0]);
  const nameOf = (key: string, seal: Seal): string =>
    PREFIX + seal.nameOf(JSON.stringify([account, key]));

  return {
    get: async (key) => {
      const names = seals.map((seal) => nameOf(key, seal));
      const values = await redis.mgetBuffer(names).catch(() => []);
      for (const [index, seal] of seals.entries()) {
        const [name, value] = [names[index], values[index]];
        const text = name !== undefined && value != null ? seal.open(name, value) : undefined;
        if (text !== undefined) return toLink(text, now());
      }
      return undefined;
    },
    put: (key, link, ms) => {
      const name = nameOf(key, writer);
      const { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, requestId } = link;
      const kept = { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, requestId };
      const sealed = writer.seal(name, JSON.stringify({ ...kept, keptUntil: now() + ms }));
      redis.set(name, sealed, 'PX', ms).catch(() => undefined);
    },
  };
}

/** Undefined for values that this process would not have stored, even if validly sealed. */
function toLink(text: string, now: number): IssuedLink | undefined {
  const { data } = keptLink.safeParse(jsonOf(text));
  if (data === undefined) return undefined;
  const { keptUntil, ...link } = data;
  const left = keptUntil - now;
  if (left <= 0 || left > MAX_LIFETIME * 1000) return undefined;
  return { ...link, linkId: linkIdOfUrls(link) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
