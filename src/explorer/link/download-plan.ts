import { ENGINES, isFileByFile, type Engine } from '../../domain/engines.js';
import type { BackupRowFragment } from '../generated/operations.js';

export type BackupFile = BackupRowFragment['files'][number];

/** How a backup is downloaded: as files, as a set, or not at all. */
export type DownloadPlan =
  | { readonly kind: 'files'; readonly files: readonly BackupFile[] }
  | { readonly kind: 'set' }
  | { readonly kind: 'nothing'; readonly why: NothingReason };

export type NothingReason = 'BUILDING' | 'FAILED' | 'DELETING' | 'ENGINE' | 'EMPTY';

/** The fields that decide the plan. */
type PlannedBackup = Pick<BackupRowFragment, 'engine' | 'status'> & {
  readonly files: readonly BackupFile[];
};

/**
 * Plans by engine and status. If the engine is unknown, a backup that lists files is downloaded
 * file by file; for any other, the service decides.
 */
export function planDownload(
  { engine, status, files }: PlannedBackup,
  instanceEngine: Engine | null,
): DownloadPlan {
  const known = engine ?? instanceEngine;
  if (known !== null && ENGINES[known].rules.links === null)
    return { kind: 'nothing', why: 'ENGINE' };
  if (status === 'BUILDING') return { kind: 'nothing', why: 'BUILDING' };
  if (status === 'ERROR') return { kind: 'nothing', why: 'FAILED' };
  if (status === 'DELETING') return { kind: 'nothing', why: 'DELETING' };
  if (files.length > 0) return { kind: 'files', files };
  return known !== null && isFileByFile(known)
    ? { kind: 'nothing', why: 'EMPTY' }
    : { kind: 'set' };
}
