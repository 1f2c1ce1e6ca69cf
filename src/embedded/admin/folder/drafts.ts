import { randomUUID } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../domain/error-code.js';
import { foldersIn } from '../../folder/list-files.js';

/** A folder being built; the server ignores its name, which begins with a dot. */
export interface Draft {
  readonly path: string;
  /** The topmost folder created for it: itself or an ancestor. */
  readonly madeFrom: string;
  /** Removes it, and the folders created for it if they are empty. */
  remove(): Promise<void>;
}

/** The name contains the process, so that a later one can check whether it is still running. */
const NAME = /^\.(?:adding|removing)-(?:(\d+)@([^/]+)\.)?[0-9a-f-]{36}$/;

/** Returns a new name for a folder being added or removed. */
export function draftName(work: 'adding' | 'removing'): string {
  return `.${work}-${process.pid}@${encodeURIComponent(hostname())}.${randomUUID()}`;
}

/** Creates a draft in `parent`, which is created if it is missing. */
export async function createDraft(parent: string): Promise<Draft> {
  const path = join(parent, draftName('adding'));
  const madeFrom = (await mkdir(path, { recursive: true })) ?? path;
  return {
    path,
    madeFrom,
    async remove() {
      await rm(path, { recursive: true, force: true });
      let folder = path;
      while (folder !== madeFrom) {
        folder = dirname(folder);
        // A folder that is not empty is in use by now.
        if (
          !(await rmdir(folder).then(
            () => true,
            () => false,
          ))
        )
          return;
      }
    },
  };
}

/**
 * Removes drafts left by ended processes of this machine, for example after a power cut.
 * @param dir EMBEDDED_DIR
 * @param warn called for each removed draft, and for drafts of processes that may run elsewhere
 */
export async function removeStaleDrafts(dir: string, warn: (text: string) => void): Promise<void> {
  for (const draft of await findDrafts(dir)) {
    const [, pid, host] = NAME.exec(draft.slice(draft.lastIndexOf('/') + 1)) ?? [];
    if (pid === undefined || host !== encodeURIComponent(hostname())) {
      warn(`${draft} may be left over from an interrupted command; if none is running, remove it.`);
    } else if (!isRunning(Number(pid))) {
      const code = await rm(draft, { recursive: true, force: true }).then(
        () => null,
        (error: unknown) => codeOf(error) ?? 'unknown reason',
      );
      warn(
        code === null
          ? `Removed ${draft}, left over from an interrupted command.`
          : `${draft} is left over from an interrupted command and cannot be removed: ${code}.`,
      );
    }
  }
}

/** Searches regions and their instances. */
async function findDrafts(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const region of await foldersIn(dir)) {
    const names = await foldersIn(join(dir, region)).catch(() => []);
    found.push(...names.filter((name) => NAME.test(name)).map((name) => join(dir, region, name)));
    for (const instance of names.filter((name) => !name.startsWith('.'))) {
      const folder = join(dir, region, instance);
      const drafts = (await foldersIn(folder).catch(() => [])).filter((name) => NAME.test(name));
      found.push(...drafts.map((name) => join(folder, name)));
    }
  }
  return found;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // The process belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}
