import { codeOf, hasCode } from '../../../domain/error-code.js';
import { DownloadError } from '../download-error.js';

const WHAT: Readonly<Record<string, string>> = {
  ENOSPC: 'No room is left on the disk: make room',
  EDQUOT: 'The quota of the disk is used up: make room',
  EFBIG: 'The file system holds no file of this size: choose another disk by -o',
  EACCES: 'Writing is not allowed: choose another place by -o, or change the rights',
  EPERM: 'Writing is not allowed: choose another place by -o, or change the rights',
  EROFS: 'The file system is read-only: choose another place by -o',
  ENOENT: 'The folder does not exist: create it',
  ENOTDIR: 'A part of the path is no folder: check -o',
  ENAMETOOLONG: 'The name is too long for the file system: choose a shorter one by -o',
  EIO: 'The disk failed: check it, or choose another place by -o',
  ENODEV: 'The disk is disconnected: connect it again',
  EBUSY: 'Another program holds the file: close it',
};

/** The failure that a fault of the file system ends with. @param path as it may be shown */
export function toTargetError(error: unknown, path: string): DownloadError {
  if (error instanceof DownloadError) return error;
  const code = codeOf(error) ?? 'unknown reason';
  const what = WHAT[code] ?? `The file cannot be written (${code}): choose another place by -o`;
  return new DownloadError('target', `${what}, then run the same command again (${path}).`, {
    cause: error,
  });
}

export function isNoRoom(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}
