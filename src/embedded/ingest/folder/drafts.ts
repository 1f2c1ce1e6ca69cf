import { randomUUID } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../domain/error-code.js';
import { foldersIn } from '../../catalogue/folder/stored-files.js';

/** A folder in the making; the server looks at none of its name, which begins with a dot. */
export interface Draft {
  readonly path: string;
  /** The first folder that had to be made for it: itself, or one above it. */
  readonly madeFrom: string;
  /** Removes what is left of it, and the folders that were made for it while they are empty. */
  remove(): Promise<void>;
}

/** The process at work stands in the name, so that a later one can tell whether it still is. */
const NAME = /^\.(?:adding|removing)-(?:(\d+)@([^/]+)\.)?[0-9a-f-]{36}$/;

/** A new name of a folder that is being added or removed. */
export function draftName(work: 'adding' | 'removing'): string {
  return `.${work}-${process.pid}@${encodeURIComponent(hostname())}.${randomUUID()}`;
}

/** Makes a draft in `parent`, which is created where it is missing. */
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
        // Not empty: it is in use by now.
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
 * Removes drafts of processes of this machine that are gone, as after a power cut.
 * @param dir EMBEDDED_DIR
 * @param tell is told of each that was removed, and of those whose process may be at work on another machine
 */
export async function removeLeftDrafts(dir: string, tell: (text: string) => void): Promise<void> {
  for (const draft of await findDrafts(dir)) {
    const [, pid, host] = NAME.exec(draft.slice(draft.lastIndexOf('/') + 1)) ?? [];
    if (pid === undefined || host !== encodeURIComponent(hostname())) {
      tell(`${draft} may be left of a command that was ended: if none is running, remove it.`);
    } else if (!isRunning(Number(pid))) {
      const code = await rm(draft, { recursive: true, force: true }).then(
        () => null,
        (error: unknown) => codeOf(error) ?? 'unknown reason',
      );
      tell(
        code === null
          ? `Removed ${draft}, left of a command that was ended.`
          : `${draft} is left of a command that was ended, and cannot be removed: ${code}.`,
      );
    }
  }
}

/** In regions, and in their instances. */
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
    // One of another user.
    return codeOf(error) === 'EPERM';
  }
}
