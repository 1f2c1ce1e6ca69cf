import { LRUCache } from 'lru-cache';
import type { Backup } from '../../domain/backup.js';
import { engineFromTraits, type Engine, type ShownTraits } from '../../domain/engines.js';
import { formatInstanceId } from '../../domain/ids.js';
import type { InstanceLoader } from './instance-loader.js';

/** The loaders that provide engines. */
export interface EngineSources {
  readonly instance: Pick<InstanceLoader, 'load'>;
  readonly engines: EngineMemory;
}

/**
 * The engine of a backup: from its row, otherwise from its instance, otherwise, for a deleted
 * instance, from properties specific to one engine. Null if undetermined.
 */
export async function engineOf(backup: Backup, loaders: EngineSources): Promise<Engine | null> {
  if (backup.engine !== null) return backup.engine;
  const instanceId = formatInstanceId(backup);
  const remembered = loaders.engines.get(instanceId);
  if (remembered) return remembered;
  const instance = await loaders.instance.load(backup);
  if (!instance) return engineFromTraits(traitsOf(backup));
  if (instance.engine !== null) loaders.engines.set(instanceId, instance.engine);
  return instance.engine;
}

function traitsOf({ files, type, unit }: Backup): ShownTraits {
  return { files: files.map(({ name }) => name), type, unit };
}

/**
 * Engines by instance ID, kept across requests: an engine never changes. Nothing else of an
 * instance is kept, so that deletion is noticed immediately.
 */
export type EngineMemory = Pick<LRUCache<string, Engine>, 'get' | 'set'>;

const MAX_INSTANCES = 10_000;

export function createEngineMemory(): EngineMemory {
  return new LRUCache<string, Engine>({ max: MAX_INSTANCES });
}
