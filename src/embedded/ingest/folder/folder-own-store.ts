import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ENGINES } from '../../../domain/engines.js';
import { isIdPart, type InstanceKey } from '../../../domain/ids.js';
import { newestFirst } from '../../catalogue/newest-first.js';
import { foldersIn } from '../../folder/list-files.js';
import { instanceManifest, readManifest } from '../../catalogue/manifest.js';
import type { NewBackup } from '../arguments.js';
import type { OwnStore } from '../own-store.js';
import { draftName, removeStaleDrafts } from './drafts.js';
import { readBackups } from './read-backups.js';
import { placeInFolder, type InstanceState } from './place-in-folder.js';

export interface FolderOwnStoreOptions {
  /** EMBEDDED_DIR; created if it is missing. */
  readonly dir: string;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
}

/** Opens the folder of own backups for its owner. */
export function createFolderOwnStore(options: FolderOwnStoreOptions): OwnStore {
  const root = resolve(options.dir);
  const folderOf = ({ regionId, instanceId }: InstanceKey): string =>
    join(root, regionId, instanceId);
  const { timeZone } = options;

  return {
    async findFaults(backup) {
      const [ids, [, instance]] = await Promise.all([
        findIdFaults(root, backup),
        findInstance(folderOf(backup.key), backup),
      ]);
      const objects =
        backup.objects.length > 0 ? ['--object: only for a bucket; use --file with a folder'] : [];
      return [...ids, ...instance, ...objects];
    },

    async place(backup, placing) {
      await removeStaleDrafts(root, placing.warn);
      const [state] = await findInstance(folderOf(backup.key), backup);
      return placeInFolder({ dir: options.dir, root, backup, state }, placing);
    },

    async instances() {
      const keys: InstanceKey[] = [];
      for (const regionId of await idsIn(root)) {
        const ids = await idsIn(join(root, regionId));
        keys.push(...ids.map((instanceId) => ({ regionId, instanceId })));
      }
      return keys;
    },

    catalogue: {
      async backups(key) {
        const backups = await readBackups({ folder: folderOf(key), key, timeZone });
        return backups.sort(newestFirst);
      },
      async backup({ backupId, ...key }) {
        const found = await readBackups({ folder: folderOf(key), key, timeZone }, backupId);
        return found[0] ?? null;
      },
    },

    async remove(key) {
      // Rename first, so an interrupted removal leaves only a name that listings ignore.
      const aside = join(folderOf(key), draftName('removing'));
      await rename(join(folderOf(key), key.backupId), aside);
      await rm(aside, { recursive: true, force: true });
    },

    // A backup being added has another name; this one may have an invalid json file.
    isUnfinished: async (key) => (await foldersIn(folderOf(key))).includes(key.backupId),
    placeOf: (key) => join(folderOf(key), key.backupId),
    close: () => Promise.resolve(),
  };
}

async function idsIn(folder: string): Promise<string[]> {
  return (await foldersIn(folder)).filter(isIdPart).sort();
}

/** Link requests name only region and backup, so a backup id must be unique in its region. */
async function findIdFaults(root: string, { key }: NewBackup): Promise<string[]> {
  const region = join(root, key.regionId);
  const instances = await foldersIn(region);
  const backups = await Promise.all(instances.map((id) => foldersIn(join(region, id))));
  return backups.flat().includes(key.backupId)
    ? [`--backup-id: the region already has a backup ${key.backupId}`]
    : [];
}

async function findInstance(
  folder: string,
  { key, engine }: NewBackup,
): Promise<[InstanceState, string[]]> {
  if (!(await foldersIn(resolve(folder, '..'))).includes(key.instanceId)) return ['new', []];
  const manifest = readManifest(join(folder, 'instance.json'), instanceManifest);
  if (manifest.kind === 'missing') return ['deleted', []];
  if (manifest.kind === 'broken') {
    return ['described', [`${folder}/instance.json is not valid: ${manifest.faults.join(', ')}`]];
  }
  const { content } = manifest;
  return content.engine === ENGINES[engine].upstreamName
    ? ['described', []]
    : [
        'described',
        [`--engine: the instance ${key.instanceId} has the engine "${content.engine}"`],
      ];
}
