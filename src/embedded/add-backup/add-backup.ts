import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ENGINES } from '../../domain/engines.js';
import { instanceManifest, readManifest } from '../catalogue/manifest.js';
import { foldersIn } from '../catalogue/stored-files.js';
import { parseArguments, type NewBackup } from './arguments.js';
import { FaultsError } from './faults-error.js';
import { queryFor } from './query.js';
import { writeBackup, writeInstance } from './write.js';

/** What stands where the backup is to go: nothing, an instance, or the folder of a deleted one. */
type InstanceState = 'new' | 'described' | 'deleted';

export interface AddBackupOptions {
  /** EMBEDDED_DIR. It is created where it is missing. */
  readonly dir: string;
  /** Folder that relative paths of files start from. */
  readonly cwd: string;
}

/**
 * Adds files as a backup to the folder of the embedded upstream. A server that runs sees the backup
 * once it is complete, never half-made.
 * @returns the id of the backup and a query to paste, for the terminal
 * @throws FaultsError with everything that is wrong with the command
 */
export async function addBackup(
  args: readonly string[],
  { dir, cwd }: AddBackupOptions,
): Promise<string> {
  const backup = parseArguments(args, cwd);
  const region = resolve(dir, backup.key.regionId);
  const [fileFaults, idFaults, [state, instanceFaults]] = await Promise.all([
    findFileFaults(backup),
    findIdFaults(region, backup),
    findInstance(region, backup),
  ]);
  const faults = [...fileFaults, ...idFaults, ...instanceFaults];
  if (faults.length > 0) throw new FaultsError(faults);
  await place(region, backup, state);
  return queryFor(backup);
}

async function findFileFaults({ files }: NewBackup): Promise<string[]> {
  const faults = await Promise.all(
    files.map(async (path) => {
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined) return `--file: ${path} does not exist or cannot be read`;
      return stats.isFile() ? undefined : `--file: ${path} is not a regular file`;
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

/** Links are asked for by region and backup alone, so an id serves one instance of a region only. */
async function findIdFaults(region: string, { key }: NewBackup): Promise<string[]> {
  const instances = await foldersIn(region);
  const backups = await Promise.all(instances.map((id) => foldersIn(join(region, id))));
  return backups.flat().includes(key.backupId)
    ? [`--backup-id: the region has a backup ${key.backupId} already`]
    : [];
}

async function findInstance(
  region: string,
  { key, engine }: NewBackup,
): Promise<[InstanceState, string[]]> {
  const folder = join(region, key.instanceId);
  if (!(await foldersIn(region)).includes(key.instanceId)) return ['new', []];
  const manifest = await readManifest(join(folder, 'instance.json'), instanceManifest);
  if (manifest.kind === 'missing') return ['deleted', []];
  if (manifest.kind === 'broken') {
    return ['described', [`${folder}/instance.json is not valid: ${manifest.faults.join(', ')}`]];
  }
  const { content } = manifest;
  return content.engine === ENGINES[engine].upstreamName
    ? ['described', []]
    : ['described', [`--engine: the instance ${key.instanceId} is of engine "${content.engine}"`]];
}

/** Builds the new folder beside its place, under a name the server does not look at, then moves it. */
async function place(region: string, backup: NewBackup, state: InstanceState): Promise<void> {
  const { instanceId, backupId } = backup.key;
  const parent = state === 'new' ? region : join(region, instanceId);
  const draft = join(parent, `.adding-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    if (state === 'new') {
      await writeInstance(draft, backup);
      await writeBackup(join(draft, backupId), backup, { withEngine: false });
      await rename(draft, join(region, instanceId));
    } else {
      await writeBackup(draft, backup, { withEngine: state === 'deleted' });
      await rename(draft, join(region, instanceId, backupId));
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
