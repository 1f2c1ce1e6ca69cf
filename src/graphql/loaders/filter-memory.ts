import { LRUCache } from 'lru-cache';

/** Whether an upstream applies a filter, or answers as if there were none. */
export type FilterUse = 'applied' | 'ignored';

/**
 * How upstreams handle filters, by region or instance, across requests: one that ignores a filter
 * is read page by page, and tried again after a while, since gateways are upgraded.
 */
export type FilterMemory = Pick<LRUCache<string, FilterUse>, 'get' | 'set'>;

const MAX_ENTRIES = 10_000;
const FORGET_AFTER_MS = 3_600_000;

export function createFilterMemory(): FilterMemory {
  return new LRUCache<string, FilterUse>({ max: MAX_ENTRIES, ttl: FORGET_AFTER_MS });
}
