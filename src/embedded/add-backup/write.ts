import { constants } from 'node:fs';
import { copyFile, link, mkdir, realpath, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ENGINES } from '../../domain/engines.js';
import { codeOf, hasCode } from '../../domain/error-code.js';
import type { NewBackup } from './arguments.js';
import { FaultsError } from './faults-error.js';
import { makeReadable } from './hand-over.js';

/** Writes instance.json. */
export async function writeInstance(folder: string, { engine }: NewBackup): Promise<void> {
  await writeJson(join(folder, 'instance.json'), { engine: ENGINES[engine].upstreamName });
}

/**
 * Writes backup.json and the files, which keep their times: the start time of the backup comes from
 * them.
 * @param withEngine for a deleted instance, which has no instance.json to tell the engine
 */
export async function writeBackup(
  folder: string,
  { engine, files, name, type, link: byLink }: NewBackup,
  {
    withEngine,
    signal,
  }: { readonly withEngine: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await mkdir(join(folder, 'files'), { recursive: true });
  await writeJson(join(folder, 'backup.json'), {
    ...(withEngine && { engine: ENGINES[engine].upstreamName }),
    backupName: name,
    backupMode: 'manual',
    backupType: type,
  });
  for (const file of files) {
    const target = join(folder, 'files', basename(file));
    signal?.throwIfAborted();
    await (byLink ? hardLink(file, target) : orAborted(copy(file, target), signal));
  }
}

async function copy(file: string, target: string): Promise<void> {
  await copyFile(file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const stats = await stat(file);
  await makeReadable(target, stats);
  await utimes(target, stats.atime, stats.mtime);
}

/** A copy cannot be stopped by itself: it is left to go on into a file that is removed. */
function orAborted(copying: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return copying;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    copying.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

async function hardLink(file: string, target: string): Promise<void> {
  try {
    await link(await realpath(file), target);
  } catch (error) {
    throw new FaultsError([
      hasCode(error, 'EXDEV')
        ? `--link: ${file} is on another file system than EMBEDDED_DIR; leave --link out to copy`
        : `--link: ${file} cannot be linked (${codeOf(error) ?? 'unknown reason'}); leave --link out to copy`,
    ]);
  }
}

async function writeJson(path: string, content: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
