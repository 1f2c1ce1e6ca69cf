import { codeOf, hasCode } from '../../../domain/error-code.js';
import { DownloadError } from '../download-error.js';

const WHAT: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space',
  EDQUOT: 'The disk quota is exhausted: free some space',
  EFBIG: 'The file system does not allow files of this size: choose another disk with -o',
  EACCES: 'Permission denied: choose another place with -o, or change the permissions',
  EPERM: 'Permission denied: choose another place with -o, or change the permissions',
  EROFS: 'The file system is read-only: choose another place with -o',
  ENOENT: 'The folder does not exist: create it',
  ENOTDIR: 'Part of the path is not a folder: check -o',
  ENAMETOOLONG: 'The name is too long for the file system: choose a shorter one with -o',
  EIO: 'The disk failed: check it, or choose another place with -o',
  ENODEV: 'The disk is disconnected: connect it again',
  EBUSY: 'Another program is using the file: close it',
};

/** The failure that a fault of the file system ends with. @param path as it may be shown */
export function toTargetError(error: unknown, path: string): DownloadError {
  if (error instanceof DownloadError) return error;
  const code = codeOf(error) ?? 'unknown reason';
  const what = WHAT[code] ?? `The file cannot be written (${code}): choose another place with -o`;
  return new DownloadError('target', `${what}, then run the same command again (${path}).`, {
    cause: error,
  });
}

export function isNoRoom(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}
