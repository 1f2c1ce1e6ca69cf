import type { FailureCode } from '../client/failure.js';
import type { BackupStatus, BackupType, BackupMode, BackupUnit } from '../generated/operations.js';
import type { StopReason } from '../downloads/transfer.js';
import type { CopyForm } from '../link/commands.js';
import type { LIFETIME_PRESETS, NothingReason } from '../link/download-plan.js';
import type { en } from './en.js';

/** A text for every value of the service or the page. */
interface Complete {
  readonly errors: Readonly<Record<FailureCode, string>>;
  readonly statuses: Readonly<Record<BackupStatus, string>>;
  readonly types: Readonly<Record<BackupType, string>>;
  readonly modes: Readonly<Record<BackupMode, string>>;
  readonly units: Readonly<Record<BackupUnit, string>>;
  readonly lifetimes: Readonly<Record<(typeof LIFETIME_PRESETS)[number], string>>;
  readonly copyForms: Readonly<Record<CopyForm, string>>;
  readonly nothing: Readonly<Record<NothingReason, string>>;
  readonly stopReasons: Readonly<Record<StopReason, string>>;
}

/** All texts of the page in one language. A missing key does not compile. */
export type Dictionary = typeof en & Complete;
