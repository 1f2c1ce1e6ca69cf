import { ENGINES, isFileByFile, type Engine } from '../../domain/engines.js';
import type { BackupRowFragment } from '../generated/operations.js';

export type BackupFile = BackupRowFragment['files'][number];

/** What can be downloaded of a backup. */
export type DownloadPlan =
  | { readonly kind: 'files'; readonly files: readonly BackupFile[] }
  | { readonly kind: 'set' }
  | { readonly kind: 'nothing'; readonly why: NothingReason };

export type NothingReason = 'BUILDING' | 'FAILED' | 'DELETING' | 'ENGINE' | 'EMPTY';

/** The input of the plan. */
type PlannedBackup = Pick<BackupRowFragment, 'engine' | 'status'> & {
  readonly files: readonly BackupFile[];
};

/**
 * By engine and state. If the engine is unknown, files indicate a backup that is downloaded file by
 * file; otherwise the service decides.
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
