import { ENGINES } from '../../domain/engines.js';
import { formatInstanceId } from '../../domain/ids.js';
import type { Checksums } from '../catalogue/checksums.js';
import type { InstanceManifest, Manifest } from '../catalogue/manifest.js';
import type { NewBackup } from './arguments.js';

/** The content of instance.json for a new instance. */
export function instanceJson({ engine }: NewBackup): object {
  return { engine: ENGINES[engine].upstreamName };
}

/**
 * The content of backup.json for a new backup.
 * @param isDeleted whether there is no instance.json to name the engine
 */
export function backupJson(
  { engine, name, type, objects }: NewBackup,
  isDeleted: boolean,
  checksums: Checksums,
): object {
  return {
    ...(isDeleted && { engine: ENGINES[engine].upstreamName }),
    backupName: name,
    backupMode: 'manual',
    backupType: type,
    ...(objects.length > 0 && { objects }),
    ...(Object.keys(checksums).length > 0 && { checksums }),
  };
}

/** Why a backup cannot be added to an instance, in terms of the command line. */
export function instanceFaults(
  { key, engine }: NewBackup,
  manifest: Manifest<InstanceManifest> | null,
): string[] {
  if (manifest?.kind === 'broken') {
    const path = `${formatInstanceId(key)}/instance.json`;
    return [`${path} is not valid: ${manifest.faults.join(', ')}; correct it first`];
  }
  if (manifest?.kind !== 'read' || manifest.content.engine === ENGINES[engine].upstreamName) {
    return [];
  }
  return [`--engine: the instance ${key.instanceId} has the engine "${manifest.content.engine}"`];
}

/** The text of a JSON file. */
export function toJsonText(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
