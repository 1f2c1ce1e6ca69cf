import type { Backup } from '../domain/backup.js';
import { engineFromTraits, type Engine, type ShownTraits } from '../domain/engines.js';
import { formatInstanceId } from '../domain/ids.js';
import type { Loaders } from './loaders/loaders.js';

/**
 * The engine of a backup: from its own row, else from its instance, else, where the instance is
 * deleted, from what only one engine's backups have. Null where nothing tells.
 */
export async function engineOf(backup: Backup, loaders: Loaders): Promise<Engine | null> {
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
