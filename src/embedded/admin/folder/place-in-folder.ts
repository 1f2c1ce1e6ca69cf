import { randomUUID } from 'node:crypto';
import { link, mkdir, open, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import { type Checksums, versionOf } from '../../catalogue/checksums.js';
import type { InstanceManifest, Manifest } from '../../catalogue/manifest.js';
import { makeFolder } from '../../folder/make-folder.js';
import { orStopped, takenFault, usageFault } from '../admin-error.js';
import type { NewBackup } from '../arguments.js';
import { backupJson, instanceFaults, instanceJson, toJsonText } from '../manifests.js';
import type { PlacedBackup, PlacedFile, PlaceOptions } from '../own-store.js';
import { bytesOnDisk, copyWithDigest } from './copy-file.js';
import { createFileFacts, findUnreadable, type FactCalls, type FileFacts } from './file-facts.js';

export interface FolderPlace {
  /** EMBEDDED_DIR as an absolute path; its owner will own the backup. */
  readonly root: string;
  readonly backup: NewBackup;
  /** Reads what is there of the instance; null if nothing is. */
  readonly findInstance: () => Manifest<InstanceManifest> | null;
  readonly calls?: FactCalls | undefined;
}

/** Names of folders being added or removed; the process in it tells a later one whether it is still running. */
export const DRAFT_NAME = /^\.(?:adding|removing)-(?:(\d+)@([^/]+)\.)?[0-9a-f-]{36}$/;

/** A new name in the folder of a region; the server ignores it, since it begins with a dot. */
export function draftName(work: 'adding' | 'removing'): string {
  return `.${work}-${process.pid}@${encodeURIComponent(hostname())}.${randomUUID()}`;
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
  const draft = join(root, regionId, draftName('adding'));
  const facts = createFileFacts(options.warn, calls);
  const madeFrom = await makeFolder(draft);
  try {
    const owner = await stat(root);
    const folder = join(draft, backupId, 'files');
    await mkdir(folder, { recursive: true });
    const files = await writeFiles(folder, backup, facts, { root, ...options });
    const paths = files.map(({ name }) => join(folder, name));
    await facts.handOver(madeFrom, owner, backup.link ? paths : []);
    const instance = checkedInstance();
    // Written last, since the version of a file depends on its owner and mode, too.
    const checksums = await checksumsOf(files, paths);
    const content = backupJson(backup, instance?.kind === 'missing', checksums);
    for (const [path, json] of [
      [join(draft, backupId, 'backup.json'), content],
      [join(draft, 'instance.json'), instanceJson(backup)],
    ] as const) {
      await writeJson(path, json, facts);
      await facts.handOver(path, owner);
    }
    for (const warning of await findUnreadable(paths, owner)) options.warn(warning);
    options.signal?.throwIfAborted();
    await publish(join(root, regionId, instanceId));
    return { key: backup.key, files };
  } catch (error) {
    throw orStopped(error, options.signal, 'the partial copy was removed');
  } finally {
    await rm(draft, { recursive: true, force: true });
    // Folders that were made for it; one that is not empty is in use by now.
    for (let made = dirname(draft); made.length >= madeFrom.length; made = dirname(made)) {
      await rmdir(made).catch(() => undefined);
    }
  }

  function checkedInstance(): Manifest<InstanceManifest> | null {
    const instance = findInstance();
    const faults = instanceFaults(backup, instance);
    if (faults.length > 0) throw usageFault(...faults);
    return instance;
  }

  /** Moves the whole draft to a new instance, or its backup to one that exists, which others may have made meanwhile. */
  async function publish(instance: string): Promise<void> {
    if (checkedInstance() === null) {
      if (await moved(draft, instance)) return;
      checkedInstance();
    }
    if (!(await moved(join(draft, backupId), join(instance, backupId)))) {
      throw usageFault(takenFault(backupId));
    }
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
  let done = 0;
  const placed: PlacedFile[] = [];
  for (const [i, file] of files.entries()) {
    const target = join(folder, basename(file));
    signal?.throwIfAborted();
    let sha256: string | null = null;
    if (byLink) await hardLink(file, target);
    else {
      const needed = originals.slice(i).reduce((sum, stats) => sum + bytesOnDisk(stats), 0);
      sha256 = await copyWithDigest(file, target, {
        signal,
        onBytes: (count) => {
          done += count;
          onProgress({ done, total, kept: 0 });
        },
        makeSure: async () => {
          const free = await facts.freeBytes(root);
          if (free >= needed) return;
          throw usageFault(
            `EMBEDDED_DIR: the disk has ${free} bytes free and the backup takes ${needed}; free some space (${root})`,
          );
        },
        sync: facts.sync,
      });
      await facts.keep(await stat(file), target);
    }
    placed.push({ name: basename(file), sizeBytes: (await stat(target)).size, sha256 });
  }
  return placed;
}

async function checksumsOf(
  files: readonly PlacedFile[],
  paths: readonly string[],
): Promise<Checksums> {
  const checksums: [string, Checksums[string]][] = [];
  for (const [i, { name, sha256 }] of files.entries()) {
    if (sha256 === null) continue;
    const stats = await stat(paths[i] ?? '', { bigint: true });
    checksums.push([name, { sha256, version: versionOf(stats) }]);
  }
  return Object.fromEntries(checksums);
}

/** There is no digest: the file is not read, and its original may still change. */
async function hardLink(file: string, target: string): Promise<void> {
  try {
    await link(await realpath(file), target);
  } catch (error) {
    const why = hasCode(error, 'EXDEV')
      ? 'is on another file system than EMBEDDED_DIR'
      : `cannot be linked (${codeOf(error) ?? 'unknown reason'})`;
    throw usageFault(`--link: ${file} ${why}; omit --link to copy it`);
  }
}

async function writeJson(path: string, content: object, { sync }: FileFacts): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(toJsonText(content));
    await sync(file);
  } finally {
    await file.close();
  }
}
