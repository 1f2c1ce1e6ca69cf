import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { IssuedLink } from '../domain/link.js';
import { linkIdOfUrls } from '../domain/link-id.js';
import type { LinkStore } from './link-store.js';
import { createSeal, type Seal } from './seal.js';

export interface RedisLinkStoreOptions {
  /** With time limits of its own. */
  readonly redis: Pick<Redis, 'mgetBuffer' | 'set'>;
  /** Whose links these are; another account on the same Redis keeps its own. */
  readonly account: string;
  /** 32 bytes each: the first seals, all open. */
  readonly secrets: readonly [Buffer, ...Buffer[]];
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const PREFIX = 'backup-links:link:';

/** As it is kept; another release may have written it. */
const keptLink = z.object({
  /** Sealed with the link: whoever writes to the Redis could bring a value back after its time. */
  keptUntil: z.int(),
  publicUrl: z.string().nullable(),
  internalUrl: z.string().nullable(),
  expiresAt: z.iso.datetime().transform((time) => new Date(time)),
  requestId: z.string().exactOptional(),
});

/** Keeps links for all processes on a Redis, sealed. While it is away nothing is kept or found. */
export function createRedisLinkStore(options: RedisLinkStoreOptions): LinkStore {
  const { redis, account, secrets, now = Date.now } = options;
  const seals = secrets.map(createSeal);
  const writer = createSeal(secrets[0]);
  const nameOf = (key: string, seal: Seal): string =>
    PREFIX + seal.nameOf(JSON.stringify([account, key]));

  return {
    name: 'redis',
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
      const { publicUrl, internalUrl, expiresAt, requestId } = link;
      const kept = { publicUrl, internalUrl, expiresAt, requestId, keptUntil: now() + ms };
      const sealed = writer.seal(name, JSON.stringify(kept));
      redis.set(name, sealed, 'PX', ms).catch(() => undefined);
    },
  };
}

function toLink(text: string, now: number): IssuedLink | undefined {
  const { data } = keptLink.safeParse(JSON.parse(text));
  if (data === undefined) return undefined;
  const { keptUntil, ...link } = data;
  return keptUntil > now ? { ...link, linkId: linkIdOfUrls(link) } : undefined;
}
