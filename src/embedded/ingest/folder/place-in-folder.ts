import { link, mkdir, realpath, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import { type Checksums, versionOf } from '../../catalogue/checksums.js';
import type { NewBackup } from '../arguments.js';
import { FaultsError } from '../faults-error.js';
import { orStopped } from '../or-stopped.js';
import { instanceJson, backupJson } from '../manifests.js';
import type { PlacedBackup, PlacedFile, PlaceOptions } from '../own-store.js';
import { copyWithDigest } from './copy-with-digest.js';
import { createDraft } from './drafts.js';
import { findUnreadable, handOver, handOverFile, makeReadable } from './hand-over.js';

/** What exists at the target: nothing, an instance, or the folder of a deleted one. */
export type InstanceState = 'new' | 'described' | 'deleted';

export interface FolderPlace {
  /** EMBEDDED_DIR as configured; its owner will own the backup. `root` is its absolute path. */
  readonly dir: string;
  readonly root: string;
  readonly backup: NewBackup;
  readonly state: InstanceState;
}

/**
 * Builds the new folder next to its target under a name the server ignores, then renames it.
 * @throws FaultsError; the reason of `signal`, after the partial copy was removed
 */
export async function placeInFolder(
  { dir, root, backup, state }: FolderPlace,
  options: PlaceOptions,
): Promise<PlacedBackup> {
  const { regionId, instanceId, backupId } = backup.key;
  const instance = join(root, regionId, instanceId);
  const isNew = state === 'new';
  const draft = await createDraft(isNew ? join(root, regionId) : instance);
  try {
    const folder = isNew ? join(draft.path, backupId) : draft.path;
    await mkdir(join(folder, 'files'), { recursive: true });
    if (isNew) await writeJson(join(draft.path, 'instance.json'), instanceJson(backup));
    const files = await writeFiles(join(folder, 'files'), backup, options);
    const paths = files.map(({ name }) => join(folder, 'files', name));
    const owner = await stat(dir);
    await handOver(draft.madeFrom, owner, backup.link ? paths : []);
    // Written last, since the version of a file depends on its owner and mode, too.
    const manifest = join(folder, 'backup.json');
    const checksums = await checksumsOf(files, paths);
    await writeJson(manifest, backupJson(backup, { withEngine: state === 'deleted', checksums }));
    await handOverFile(manifest, owner);
    for (const warning of await findUnreadable(paths, owner)) options.warn(warning);
    options.signal?.throwIfAborted();
    await rename(draft.path, isNew ? instance : join(instance, backupId));
    return { key: backup.key, files };
  } catch (error) {
    await draft.remove();
    throw orStopped(error, options.signal, 'the partial copy was removed');
  }
}

/** Files keep their times, from which the start time of the backup is derived. */
async function writeFiles(
  folder: string,
  { files, link: byLink }: NewBackup,
  { signal, onProgress }: PlaceOptions,
): Promise<PlacedFile[]> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    onProgress({ done, total, kept: 0 });
  };
  const placed: PlacedFile[] = [];
  for (const file of files) {
    const target = join(folder, basename(file));
    signal?.throwIfAborted();
    const sha256 = byLink
      ? await hardLink(file, target)
      : await copyWithDigest(file, target, { signal, onBytes });
    if (!byLink) await keepFacts(file, target);
    placed.push({ name: basename(file), sizeBytes: (await stat(target)).size, sha256 });
  }
  return placed;
}

async function keepFacts(file: string, copy: string): Promise<void> {
  const stats = await stat(file);
  await makeReadable(copy, stats);
  await utimes(copy, stats.atime, stats.mtime);
}

async function checksumsOf(
  files: readonly PlacedFile[],
  paths: readonly string[],
): Promise<Checksums> {
  const entries = await Promise.all(
    files.map(async ({ name, sha256 }, index) => {
      if (sha256 === null) return [];
      const stats = await stat(paths[index] ?? '', { bigint: true });
      return [[name, { sha256, version: versionOf(stats) }] as const];
    }),
  );
  return Object.fromEntries(entries.flat());
}

/** Returns no digest: the file is not read, and its original may still change. */
async function hardLink(file: string, target: string): Promise<null> {
  try {
    await link(await realpath(file), target);
    return null;
  } catch (error) {
    throw new FaultsError([
      hasCode(error, 'EXDEV')
        ? `--link: ${file} is on another file system than EMBEDDED_DIR; omit --link to copy it`
        : `--link: ${file} cannot be linked (${codeOf(error) ?? 'unknown reason'}); omit --link to copy it`,
    ]);
  }
}

async function writeJson(path: string, content: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flush: true });
}
