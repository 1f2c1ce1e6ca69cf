import { readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import type { BackupKey, InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { createFindings } from '../../catalogue/findings.js';
import type { InstanceManifest, Manifest } from '../../catalogue/manifest.js';
import { newestFirst } from '../../catalogue/newest-first.js';
import { createFolderReader } from '../../folder/folder-reader.js';
import type { OwnBackup, OwnStore } from '../own-store.js';
import type { FactCalls } from './file-facts.js';
import { DRAFT_NAME, draftName, placeInFolder } from './place-in-folder.js';

export interface OwnFolderOptions {
  /** EMBEDDED_DIR. */
  readonly dir: string;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  /** In place of those of Node, for tests. */
  readonly calls?: FactCalls;
}

/** Opens the folder of own backups for its owner. */
export function createOwnFolder({ dir, timeZone, logger, calls }: OwnFolderOptions): OwnStore {
  const root = resolve(dir);
  const reader = createFolderReader(() => root, timeZone, createFindings(logger));

  function readInstance({ regionId, instanceId }: InstanceKey) {
    const isThere = reader.idsIn({ regionId }).includes(instanceId);
    return isThere ? reader.instance({ regionId, instanceId }) : null;
  }

  function readBackup(key: BackupKey, instance: Manifest<InstanceManifest>): OwnBackup {
    const seen = reader.statBackup(key);
    const backup = reader.backup(key, seen, instance);
    if (backup) return { kind: 'listed', key, backup };
    const isEmpty = seen.files === null && seen.manifest === null;
    return { kind: isEmpty ? 'unfinished' : 'unreadable', key };
  }

  function readBackups(key: InstanceKey): OwnBackup[] {
    const instance = reader.instance(key);
    return reader
      .idsIn(key)
      .map((backupId) => readBackup({ ...key, backupId }, instance))
      .sort((a, b) =>
        a.kind === 'listed' && b.kind === 'listed'
          ? newestFirst(a.backup, b.backup)
          : Number(a.kind !== 'listed') - Number(b.kind !== 'listed'),
      );
  }

  async function remove(key: BackupKey, warn: (text: string) => void): Promise<void> {
    // Rename first, so an interrupted removal leaves only a name that listings ignore.
    const aside = join(root, key.regionId, draftName('removing'));
    await rename(reader.pathOf(key), aside);
    try {
      await rm(aside, { recursive: true, force: true });
    } catch (error) {
      // NFS keeps files that somebody has open under names of its own.
      if (!hasCode(error, 'ENOTEMPTY', 'EBUSY')) throw error;
      warn(`Some files are still open; what is left of them in ${aside} can be removed later.`);
    }
  }

  /** Removes drafts left by ended processes of this machine, for example after a power cut. */
  async function removeStaleDrafts(warn: (text: string) => void): Promise<void> {
    for (const regionId of reader.idsIn({})) {
      for (const name of await readdir(join(root, regionId))) {
        const [isDraft, pid, host] = DRAFT_NAME.exec(name) ?? [];
        if (isDraft === undefined) continue;
        const draft = join(root, regionId, name);
        if (pid === undefined || host !== encodeURIComponent(hostname())) {
          warn(
            `${draft} may be left over from an interrupted command; if none is running, remove it.`,
          );
        } else if (!isRunning(Number(pid))) {
          const removed = rm(draft, { recursive: true, force: true });
          warn(
            await removed.then(
              () => `Removed ${draft}, left over from an interrupted command.`,
              (error: unknown) =>
                `${draft} is left over from an interrupted command and cannot be removed: ${codeOf(error)}.`,
            ),
          );
        }
      }
    }
  }

  return {
    instance: (key) => soon(() => readInstance(key)),

    hasBackup: (regionId, backupId) =>
      soon(() =>
        reader
          .idsIn({ regionId })
          .some((instanceId) => reader.idsIn({ regionId, instanceId }).includes(backupId)),
      ),

    findFaults: ({ objects }) =>
      Promise.resolve(
        objects.length > 0 ? ['--object: only for a bucket; use --file with a folder'] : [],
      ),

    async place(backup, options) {
      await removeStaleDrafts(options.warn);
      const findInstance = () => readInstance(backup.key);
      return placeInFolder({ root, backup, findInstance, calls }, options);
    },

    *list(filter) {
      for (const regionId of reader.idsIn({})) {
        if (regionId !== (filter.regionId ?? regionId)) continue;
        for (const instanceId of reader.idsIn({ regionId })) {
          if (instanceId !== (filter.instanceId ?? instanceId)) continue;
          yield readBackups({ regionId, instanceId });
        }
      }
    },

    find: (key) =>
      soon(() => {
        const { regionId, instanceId, backupId } = key;
        if (!reader.idsIn({ regionId, instanceId }).includes(backupId)) return null;
        return readBackup(key, reader.instance(key));
      }),
    remove,
    placeOf: (key) => reader.pathOf(key),
    close: () => undefined,
  };
}

/** Runs a synchronous read as an asynchronous one, so that its errors reject. */
async function soon<Result>(read: () => Result): Promise<Result> {
  return Promise.resolve(read());
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // The process belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}
