import { rename, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ENGINES } from '../../domain/engines.js';
import { instanceManifest, readManifest } from '../catalogue/manifest.js';
import { foldersIn } from '../catalogue/folder/stored-files.js';
import { parseArguments, type NewBackup } from './arguments.js';
import { createDraft, removeLeftDrafts } from './drafts.js';
import { FaultsError } from './faults-error.js';
import { findUnreadable, handOver } from './hand-over.js';
import { queryFor } from './query.js';
import { writeBackup, writeInstance } from './write.js';

/** What stands where the backup is to go: nothing, an instance, or the folder of a deleted one. */
type InstanceState = 'new' | 'described' | 'deleted';

export interface AddBackupOptions {
  /** EMBEDDED_DIR. It is created where it is missing. */
  readonly dir: string;
  /** Folder that relative paths of files start from. */
  readonly cwd: string;
  /** Ends it early; what was written is removed. */
  readonly signal?: AbortSignal;
  /** Told of what the person should know, beside the result. */
  readonly warn?: (text: string) => void;
}

/**
 * Adds files as a backup to the folder of the embedded upstream. A server that runs sees the backup
 * once it is complete, never half-made.
 * @returns the id of the backup and a query to paste, for the terminal
 * @throws FaultsError with everything that is wrong with the command; the reason of `signal`
 */
export async function addBackup(
  args: readonly string[],
  { dir, cwd, signal, warn = () => undefined }: AddBackupOptions,
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
  await removeLeftDrafts(resolve(dir), warn);
  const warnings = await place(dir, region, backup, state, signal);
  for (const warning of warnings) warn(warning);
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

/**
 * Builds the new folder beside its place, under a name the server does not look at, then moves it.
 * @returns warnings
 */
async function place(
  dir: string,
  region: string,
  backup: NewBackup,
  state: InstanceState,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { instanceId, backupId } = backup.key;
  const instance = join(region, instanceId);
  const draft = await createDraft(state === 'new' ? region : instance);
  try {
    const folder = state === 'new' ? join(draft.path, backupId) : draft.path;
    if (state === 'new') await writeInstance(draft.path, backup);
    await writeBackup(folder, backup, { withEngine: state === 'deleted', signal });
    const owner = await stat(dir);
    const files = backup.files.map((file) => join(folder, 'files', basename(file)));
    await handOver(draft.madeFrom, owner, backup.link ? files : []);
    const warnings = await findUnreadable(files, owner);
    signal?.throwIfAborted();
    await rename(draft.path, state === 'new' ? instance : join(instance, backupId));
    return warnings;
  } catch (error) {
    await draft.remove();
    throw error;
  }
}
