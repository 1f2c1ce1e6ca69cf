import type { MySqlLinkExpiry } from '../../domain/download-rules.js';
import { ENGINES, isFileByFile, type Engine } from '../../domain/engines.js';
import { MAX_LIFETIME } from '../../domain/link.js';
import type { BackupRowFragment } from '../generated/operations.js';

export type BackupFile = BackupRowFragment['files'][number];

/** How a backup is downloaded: as files, as a set, or not at all. */
export type DownloadPlan =
  | { readonly kind: 'files'; readonly files: readonly BackupFile[] }
  | { readonly kind: 'set' }
  | { readonly kind: 'nothing'; readonly why: NothingReason };

export type NothingReason = 'BUILDING' | 'FAILED' | 'DELETING' | 'ENGINE' | 'EMPTY' | 'MISSING';

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
  if (files.some(({ available }) => available)) return { kind: 'files', files };
  if (files.length > 0) return { kind: 'nothing', why: 'MISSING' };
  return known !== null && isFileByFile(known)
    ? { kind: 'nothing', why: 'EMPTY' }
    : { kind: 'set' };
}

/** The single download of a plan, which needs no choice; undefined if there are several or none. */
export function onlyDownloadOf(plan: DownloadPlan): BackupFile | 'set' | undefined {
  if (plan.kind === 'set') return 'set';
  return plan.kind === 'files' && plan.files.length === 1 ? plan.files[0] : undefined;
}

/** The chosen lifetime; `seconds` is null for the service's default. */
export type Lifetime =
  { readonly isValid: true; readonly seconds: number | null } | { readonly isValid: false };

/** Preset lifetimes in seconds. */
export const LIFETIME_PRESETS = [600, 3600, 21_600, MAX_LIFETIME] as const;

/** Whether the lifetime of the engine's links can be chosen. */
export function canChooseLifetime(engine: Engine, mySqlLinkExpiry: MySqlLinkExpiry): boolean {
  const { rules } = ENGINES[engine];
  if (rules.links === null) return false;
  return rules.lifetime === 'free' || mySqlLinkExpiry === 'settable';
}

/** Parses typed seconds; null if no link can have this lifetime. */
export function parseLifetime(text: string): number | null {
  const trimmed = text.trim();
  const seconds = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : 0;
  return seconds >= 1 && seconds <= MAX_LIFETIME ? seconds : null;
}
