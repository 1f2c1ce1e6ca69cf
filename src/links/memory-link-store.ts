import { LRUCache } from 'lru-cache';
import type { IssuedLink } from '../domain/link.js';
import type { LinkStore } from './reusing-link-source.js';

export interface MemoryLinkStore extends LinkStore {
  /** Forgets every link. */
  clear(): void;
}

export interface MemoryLinkStoreOptions {
  /** Beyond it, the least recently used links are evicted. A link takes about 1 kB. */
  readonly maxLinks?: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

const MAX_LINKS = 10_000;

/** Stores links in this process. */
export function createMemoryLinkStore(options: MemoryLinkStoreOptions = {}): MemoryLinkStore {
  const { maxLinks = MAX_LINKS, now } = options;
  const links = new LRUCache<string, IssuedLink>({
    max: maxLinks,
    ...(now && { perf: { now }, ttlResolution: 0 }),
  });
  return {
    name: 'memory',
    get: (key) => Promise.resolve(links.get(key)),
    peek: (key) => links.get(key),
    clear: () => {
      links.clear();
    },
    put: (key, link, ms) => void links.set(key, link, { ttl: ms }),
  };
}
