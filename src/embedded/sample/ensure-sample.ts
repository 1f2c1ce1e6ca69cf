import { hash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from '../../domain/error-code.js';
import { type Checksums, versionOf } from '../catalogue/checksums.js';
import { makeFolder } from '../folder/make-folder.js';
import { SAMPLE_BACKUPS, SAMPLE_INSTANCES } from './sample-backups.js';

const LABEL =
  'This is sample data of the embedded upstream, not a real backup. It cannot be restored.\n';

/**
 * Creates the folder with sample data if it is missing; an existing one is unchanged, even if
 * empty. The sample appears atomically.
 * @returns whether it was created
 * @throws Error naming EMBEDDED_DIR if it is not a folder or cannot be created
 */
export async function ensureSample(dir: string): Promise<boolean> {
  const root = resolve(dir);
  if (await isFolder(root)) return false;
  const draft = `${root}.creating-${randomUUID()}`;
  try {
    await writeSample(draft);
    await rename(draft, root);
    return true;
  } catch (cause) {
    // A failed cleanup must not mask the cause.
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    if (await isFolder(root)) return false; // Another process created it first.
    const reason = codeOf(cause) ?? 'unknown reason';
    throw new Error(
      `EMBEDDED_DIR: cannot create the folder ${root}: ${reason}.${adviceOn(reason)}`,
      { cause },
    );
  }
}

/** Advice for missing permissions; names the uid, since volume owners are numeric. */
function adviceOn(reason: string): string {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(reason)) return '';
  const uid = process.getuid?.();
  const user = uid === undefined ? 'this user' : `this user (uid ${uid})`;
  return ` Set EMBEDDED_DIR to an existing folder, or start in one where ${user} can write.`;
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isDirectory()) {
    throw new Error(`EMBEDDED_DIR: ${path} is not a folder.`);
  }
  return stats !== undefined;
}

async function writeSample(root: string): Promise<void> {
  await makeFolder(root);
  await writeFile(join(root, 'README.txt'), LABEL);
  for (const { regionId, instanceId, manifest } of SAMPLE_INSTANCES) {
    const folder = join(root, regionId, instanceId);
    await mkdir(folder, { recursive: true });
    await writeJson(join(folder, 'instance.json'), manifest);
  }
  for (const { regionId, instanceId, backupId, manifest, files } of SAMPLE_BACKUPS) {
    const folder = join(root, regionId, instanceId, backupId);
    await mkdir(join(folder, 'files'), { recursive: true });
    const checksums: Checksums = {};
    for (const file of files) {
      const path = join(folder, 'files', file);
      const text = `${file}: ${LABEL}`;
      await writeFile(path, text);
      const version = versionOf(await stat(path, { bigint: true }));
      checksums[file] = { sha256: hash('sha256', text), version };
    }
    await writeJson(join(folder, 'backup.json'), { ...manifest, checksums });
  }
}

async function writeJson(path: string, content: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
