import { LRUCache } from 'lru-cache';
import type { IssuedLink } from '../domain/link.js';
import type { LinkStore } from './reusing-link-source.js';

export interface MemoryLinkStore extends LinkStore {
  /** Forgets every link. */
  clear(): void;
}

export interface MemoryLinkStoreOptions {
  /** Beyond these, the least recently used links are evicted. A link takes about 1 kB. */
  readonly maxLinks?: number;
  readonly maxBytes?: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

const MAX_LINKS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** Stores links in this process. */
export function createMemoryLinkStore(options: MemoryLinkStoreOptions = {}): MemoryLinkStore {
  const { maxLinks = MAX_LINKS, maxBytes = MAX_BYTES, now } = options;
  const links = new LRUCache<string, IssuedLink>({
    max: maxLinks,
    maxSize: maxBytes,
    sizeCalculation: ({ publicUrl, internalUrl }, key) =>
      FACTS + key.length + (publicUrl?.length ?? 0) + (internalUrl?.length ?? 0),
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

/** Bytes of a link in addition to its key and URLs. */
const FACTS = 512;
