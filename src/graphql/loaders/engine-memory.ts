import { LRUCache } from 'lru-cache';
import type { Engine } from '../../domain/engines.js';

/**
 * Engines of instances by their id, kept from request to request: an engine never changes. Nothing
 * else of an instance is kept, so that a deleted one is found to be so at once.
 */
export type EngineMemory = Pick<LRUCache<string, Engine>, 'get' | 'set'>;

const MAX_INSTANCES = 10_000;

export function createEngineMemory(): EngineMemory {
  return new LRUCache<string, Engine>({ max: MAX_INSTANCES });
}
