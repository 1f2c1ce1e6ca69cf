import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { IssuedLink } from '../domain/link.js';
import type { LinkStore } from './link-store.js';
import { createSeal, type Seal } from './seal.js';

export interface RedisLinkStoreOptions {
  /** With time limits of its own. */
  readonly redis: Pick<Redis, 'mgetBuffer' | 'set'>;
  /** Whose links these are; another account on the same Redis keeps its own. */
  readonly account: string;
  /** 32 bytes each: the first seals, all open. */
  readonly secrets: readonly [Buffer, ...Buffer[]];
}

const PREFIX = 'backup-links:link:';

/** As it is kept; another release may have written it. */
const keptLink = z.object({
  publicUrl: z.string().nullable(),
  internalUrl: z.string().nullable(),
  expiresAt: z.iso.datetime().transform((time) => new Date(time)),
  requestId: z.string().exactOptional(),
});

/** Keeps links for all processes on a Redis, sealed. While it is away nothing is kept or found. */
export function createRedisLinkStore(options: RedisLinkStoreOptions): LinkStore {
  const { redis, account, secrets } = options;
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
        if (text !== undefined) return toLink(text);
      }
      return undefined;
    },
    put: (key, link, ms) => {
      const name = nameOf(key, writer);
      redis.set(name, writer.seal(name, JSON.stringify(link)), 'PX', ms).catch(() => undefined);
    },
  };
}

function toLink(text: string): IssuedLink | undefined {
  return keptLink.safeParse(JSON.parse(text)).data;
}
