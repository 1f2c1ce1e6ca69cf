import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { codeOf } from '../../domain/error-code.js';
import type { Logger } from '../../telemetry/logger.js';
import type { ReportFinding } from '../catalogue/findings.js';
import { folderUnavailable } from './folder-reader.js';

/**
 * Opens the folder of the backups, which may be a symbolic link that leads elsewhere tomorrow, or a mount.
 * @throws Error naming EMBEDDED_DIR if it cannot be read: it must not look empty
 */
export async function openFolderRoot(dir: string, logger: Logger, report: ReportFinding) {
  let path = await readableFolder(dir);
  let identity = await identityOf(dir);

  return {
    /** Its real path, as of the last check. */
    path: () => path,
    /**
     * Follows the folder to where it is now. Asynchronous, so that a network mount that hangs delays requests
     * and not the process.
     * @returns whether it is another one than at the last check
     * @throws ApiError 503 UNAVAILABLE
     */
    async check(): Promise<boolean> {
      try {
        const current = await identityOf(dir);
        const isExchanged = current !== identity;
        if (isExchanged) {
          path = await realpath(dir);
          identity = current;
          logger.info('the folder of the backups was exchanged; reading the new one');
        }
        report('folder', dir, null);
        return isExchanged;
      } catch (error) {
        report('folder', dir, { file: '.', code: codeOf(error) });
        throw folderUnavailable();
      }
    },
  };
}

async function readableFolder(dir: string): Promise<string> {
  try {
    const path = await realpath(dir);
    await readdir(path);
    await access(path, constants.X_OK);
    return path;
  } catch (cause) {
    const reason = codeOf(cause) ?? 'unknown reason';
    throw new Error(`EMBEDDED_DIR: the folder ${dir} cannot be read: ${reason}.`, { cause });
  }
}

/** Of what the path leads to. */
async function identityOf(dir: string): Promise<string> {
  const stats = await stat(dir);
  if (!stats.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  return `${stats.dev}.${stats.ino}`;
}
