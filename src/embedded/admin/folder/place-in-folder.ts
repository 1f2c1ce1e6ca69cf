import { link, mkdir, open, realpath, rename, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import { type Checksums, versionOf } from '../../catalogue/checksums.js';
import { usageFault, orStopped } from '../admin-error.js';
import type { NewBackup } from '../arguments.js';
import { instanceJson, backupJson } from '../manifests.js';
import type { PlacedBackup, PlacedFile, PlaceOptions } from '../own-store.js';
import { bytesOnDisk, copyWithDigest } from './copy-file.js';
import { createDraft } from './drafts.js';
import { createFileFacts, findUnreadable, type FactCalls, type FileFacts } from './file-facts.js';

/** What exists at the target: nothing, an instance, or the folder of a deleted one. */
export type InstanceState = 'new' | 'described' | 'deleted';

export interface FolderPlace {
  /** EMBEDDED_DIR as an absolute path; its owner will own the backup. */
  readonly root: string;
  readonly backup: NewBackup;
  /** Reads what exists at the target. @throws AdminError if it is of another engine */
  readonly findInstance: () => Promise<InstanceState>;
  readonly calls?: FactCalls | undefined;
}

/**
 * Builds the backup in a folder of its region under a name the server ignores, then renames it.
 * @throws AdminError; the reason of `signal`, after the partial copy was removed
 */
export async function placeInFolder(
  { root, backup, findInstance, calls }: FolderPlace,
  options: PlaceOptions,
): Promise<PlacedBackup> {
  const { regionId, instanceId, backupId } = backup.key;
  const region = join(root, regionId);
  const facts = createFileFacts(options.warn, calls);
  const draft = await createDraft(region);
  try {
    const owner = await stat(root);
    const folder = join(draft.path, backupId);
    await mkdir(join(folder, 'files'), { recursive: true });
    const files = await writeFiles(join(folder, 'files'), backup, facts, { root, ...options });
    const paths = files.map(({ name }) => join(folder, 'files', name));
    await facts.handOver(draft.madeFrom, owner, backup.link ? paths : []);
    const isDeleted = (await findInstance()) === 'deleted';
    // Written last, since the version of a file depends on its owner and mode, too.
    const checksums = await checksumsOf(files, paths);
    const content = backupJson(backup, { withEngine: isDeleted, checksums });
    for (const [path, json] of [
      [join(folder, 'backup.json'), content],
      [join(draft.path, 'instance.json'), instanceJson(backup)],
    ] as const) {
      await writeJson(path, json, facts);
      await facts.handOver(path, owner);
    }
    for (const warning of await findUnreadable(paths, owner)) options.warn(warning);
    options.signal?.throwIfAborted();
    await publish(draft.path, join(region, instanceId), backupId, findInstance);
    return { key: backup.key, files };
  } catch (error) {
    throw orStopped(error, options.signal, 'the partial copy was removed');
  } finally {
    await draft.remove();
  }
}

/** Moves the whole draft to a new instance, or its backup to one that exists, which others may have made meanwhile. */
async function publish(
  draft: string,
  instance: string,
  backupId: string,
  findInstance: () => Promise<InstanceState>,
): Promise<void> {
  if ((await findInstance()) === 'new') {
    if (await moved(draft, instance)) return;
    await findInstance();
  }
  if (!(await moved(join(draft, backupId), join(instance, backupId)))) {
    throw usageFault(`--backup-id: the region already has a backup ${backupId}`);
  }
}

/** False where something is there already. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** Files keep their times, from which the start time of the backup is derived. */
async function writeFiles(
  folder: string,
  { files, link: byLink }: NewBackup,
  facts: FileFacts,
  { root, signal, onProgress }: PlaceOptions & { readonly root: string },
): Promise<PlacedFile[]> {
  const originals = await Promise.all(files.map((file) => stat(file, { bigint: true })));
  const total = originals.reduce((sum, { size }) => sum + Number(size), 0);
  let onDisk = originals.reduce((sum, original) => sum + bytesOnDisk(original), 0);
  let done = 0;
  const placed: PlacedFile[] = [];
  for (const [i, file] of files.entries()) {
    const target = join(folder, basename(file));
    const needed = onDisk;
    signal?.throwIfAborted();
    const sha256 = byLink
      ? await hardLink(file, target)
      : await copyWithDigest(file, target, {
          signal,
          onBytes: (count) => {
            done += count;
            onProgress({ done, total, kept: 0 });
          },
          makeSure: async () => {
            checkRoom(root, needed, await facts.freeBytes(root));
          },
          sync: facts.sync,
        });
    if (!byLink) await facts.keep(await stat(file), target);
    onDisk -= originals[i] ? bytesOnDisk(originals[i]) : 0;
    placed.push({ name: basename(file), sizeBytes: (await stat(target)).size, sha256 });
  }
  return placed;
}

/** @throws AdminError where the disk has no room for so many bytes */
function checkRoom(root: string, needed: number, free: number): void {
  if (free >= needed) return;
  throw usageFault(
    `EMBEDDED_DIR: the disk has ${free} bytes free and the backup takes ${needed}; free some space (${root})`,
  );
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
    throw usageFault(
      hasCode(error, 'EXDEV')
        ? `--link: ${file} is on another file system than EMBEDDED_DIR; omit --link to copy it`
        : `--link: ${file} cannot be linked (${codeOf(error) ?? 'unknown reason'}); omit --link to copy it`,
    );
  }
}

async function writeJson(path: string, content: object, { sync }: FileFacts): Promise<void> {
  const file: FileHandle = await open(path, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await sync(file);
  } finally {
    await file.close();
  }
}
