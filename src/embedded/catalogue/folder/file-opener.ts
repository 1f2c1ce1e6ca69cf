import { join } from 'node:path';
import type { Logger } from '../../../telemetry/logger.js';
import { hasCode } from '../../../domain/error-code.js';
import { ApiError } from '../../http/api-error.js';
import { createFaultLog } from './fault-log.js';
import { openStoredFile, type OpenFile, type OpenPath } from './stored-files.js';

export interface FileOpenerOptions {
  /** What reported paths are relative to. */
  readonly root: string;
  readonly logger: Logger;
  readonly open?: OpenPath | undefined;
}

/**
 * Opens files of backups, whatever is known of them. Null where the folder has no such file.
 * @throws ApiError 403 FILE_NOT_READABLE, 503 UNAVAILABLE
 */
export function createFileOpener({ root, logger, open }: FileOpenerOptions) {
  const faults = createFaultLog(root, logger);
  return async (folder: string, fileName: string): Promise<OpenFile | null> => {
    const path = join(folder, fileName);
    try {
      const file = await openStoredFile(folder, fileName, open);
      faults.worked(path);
      return file;
    } catch (error) {
      faults.failed(path, error, 'a file cannot be opened: its downloads are refused');
      if (hasCode(error, 'EACCES', 'EPERM')) throw unreadable();
      if (hasCode(error, 'EMFILE', 'ENFILE')) throw tooManyOpen();
      throw error;
    }
  };
}

function unreadable(): ApiError {
  const message = 'The server may not read this file: tell its operator. A new link does not help.';
  return new ApiError(403, 'FILE_NOT_READABLE', message);
}

function tooManyOpen(): ApiError {
  return new ApiError(503, 'UNAVAILABLE', 'Too many files are open.');
}
