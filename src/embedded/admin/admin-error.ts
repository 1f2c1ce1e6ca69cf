import { resolve } from 'node:path';
import type { EmbeddedConfig } from '../../config/config.js';
import { codeOf } from '../../domain/error-code.js';
import { ApiError } from '../api/api-error.js';
import { adviceOn, StoreError, type StoreFault } from '../bucket/store-error.js';

/** What kept a command of the owner from its work, by the names of the exit codes of `backups`. */
export type AdminFault =
  /** The command line or the target cannot be used as it is. */
  | 'usage'
  /** The store does not let these credentials do it. */
  | 'refused'
  /** There is no such bucket. */
  | 'notFound'
  /** The store cannot be reached or gives no usable answer. */
  | 'network';

/** All faults of a command at once, each a sentence for the person who typed it, without its full stop. */
export class AdminError extends Error {
  override readonly name = 'AdminError';

  constructor(
    readonly fault: AdminFault,
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.join('\n'), options);
  }
}

export function usageFault(...faults: readonly string[]): AdminError {
  return new AdminError('usage', faults);
}

export function takenFault(backupId: string): string {
  return `--backup-id: the region already has a backup ${backupId}`;
}

/** Codes of a file system, and what to do about them. */
const OF_DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is exhausted; free some space',
  EFBIG: 'the file system does not allow files of this size; use another one',
  EACCES: 'permission denied; run the command as the owner of the folder',
  EPERM: 'permission denied; run the command as the owner of the folder',
  EROFS: 'the file system is read-only; mount it for writing',
  EIO: 'the disk failed; check it',
  ENODEV: 'the disk is disconnected; connect it again',
  ESTALE: 'the network file system has lost the folder; mount it again',
  ENAMETOOLONG: 'a name is too long for the file system; choose a shorter one',
  ENOTDIR: 'part of the path is not a folder; check EMBEDDED_DIR',
  EMFILE: 'too many open files; raise the limit of the process',
};

const OF_BUCKET: Readonly<Record<StoreFault, AdminFault>> = {
  refused: 'refused',
  missing: 'notFound',
  changed: 'network',
  archived: 'network',
  unavailable: 'network',
};

/** A failure of the store as a sentence with advice; any other error as it is. */
export function toAdminError(error: unknown, store: EmbeddedConfig['store']): unknown {
  if (error instanceof StoreError) {
    const profile = store.kind === 'bucket' ? store.profile : undefined;
    const fault = error.region === undefined ? OF_BUCKET[error.fault] : 'usage';
    const advice = adviceOn(error, profile).replace(/\.$/, '');
    const sentence = `EMBEDDED_BUCKET: the store failed: ${error.message}. ${advice}`;
    return new AdminError(fault, [sentence], { cause: error });
  }
  if (store.kind !== 'folder') return error;
  const code = codeOf(error) ?? '';
  const what =
    error instanceof ApiError
      ? 'the folder cannot be read; check its permissions'
      : /^E[A-Z0-9]+$/.test(code) &&
        (OF_DISK[code] ?? `the folder cannot be read or written (${code}); check it`);
  if (!what) return error;
  return new AdminError('usage', [`EMBEDDED_DIR: ${what} (${resolve(store.dir)})`], {
    cause: error,
  });
}

/**
 * Why a command ended: if it was stopped, that and what became of its work; otherwise the error.
 * @param outcome for example `the partial copy was removed`
 */
export function orStopped(
  error: unknown,
  signal: AbortSignal | undefined,
  outcome: string,
): unknown {
  if (!signal?.aborted || error !== signal.reason) return error;
  const reason = error instanceof Error ? error.message.replace(/\.$/, '') : 'Stopped';
  return new AdminError('usage', [`${reason}; ${outcome}`], { cause: error });
}
