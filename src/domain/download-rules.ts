import type { Backup, BackupFile } from './backup.js';
import { ENGINES, type Engine, type EngineRules, type LinkVariant } from './engines.js';
import { ArgumentError, type ErrorCode } from './errors.js';
import { MAX_LIFETIME, type LinkRequest } from './link.js';

/** Arguments of `downloadURL`; null and absent are equivalent. */
export interface LinkArguments {
  readonly fileName?: string | null | undefined;
  readonly expiresIn?: number | null | undefined;
}

/** Whether links of the MySQL family accept a lifetime (`settable`) or have a `fixed` one. */
export type MySqlLinkExpiry = 'fixed' | 'settable';

type LinkRules = Extract<EngineRules, { fileName: unknown }>;

/**
 * Converts the arguments of `downloadURL` into a link request by the rules of the engine (API
 * reference of describeBackupDownloadURL).
 * @throws ArgumentError FILE_NAME_REQUIRED, FILE_NAME_NOT_SUPPORTED, FILE_NOT_IN_BACKUP,
 *   EXPIRES_IN_NOT_SUPPORTED, EXPIRES_IN_OUT_OF_RANGE, ENGINE_UNSUPPORTED
 */
export function toLinkRequest(
  backup: Backup,
  engine: Engine,
  args: LinkArguments,
  mySqlLinkExpiry: MySqlLinkExpiry,
): { readonly variant: LinkVariant; readonly request: LinkRequest } {
  const { label, rules } = ENGINES[engine];
  if (rules.links === null) {
    throw new ArgumentError('ENGINE_UNSUPPORTED', `${label} backups have no download links.`);
  }
  const fileName = checkFileName(backup, label, rules, args.fileName ?? undefined);
  const lifetime = checkLifetime(label, rules, args.expiresIn ?? undefined, mySqlLinkExpiry);
  const { regionId, instanceId, backupId } = backup;
  return {
    variant: rules.links,
    request: {
      backup: { regionId, instanceId, backupId },
      fileName,
      lifetime,
    },
  };
}

/**
 * Whether the listed backup already tells that there is no link now. Files of a SQL Server backup
 * that is still being made are unknown, so any name can be one of them.
 */
export function isUnavailable(
  { status, files, unavailableFileCount }: Backup,
  fileName: string | undefined,
): boolean {
  if (fileName === undefined) return unavailableFileCount > 0;
  return (
    status === 'BUILDING' ||
    (unavailableFileCount > 0 &&
      files.some(({ name, available }) => name === fileName && !available))
  );
}

function checkFileName(
  backup: Backup,
  label: string,
  rules: LinkRules,
  fileName: string | undefined,
): string | undefined {
  if (rules.fileName === 'refused') {
    if (fileName === undefined) return undefined;
    throw new ArgumentError(
      'FILE_NAME_NOT_SUPPORTED',
      `\`fileName\` is not supported for ${label} backups; omit it to download the complete backup.`,
    );
  }
  if (fileName === undefined || fileName === '') {
    if (backup.status === 'BUILDING' && backup.files.length === 0) {
      const message =
        'The backup is still being made, so its files are not known yet; request a link once its status is `COMPLETED`.';
      throw new ArgumentError('FILE_NAME_REQUIRED', message, { details: { availableFiles: [] } });
    }
    throw chooseFile(
      'FILE_NAME_REQUIRED',
      `\`fileName\` is required for ${label} backups; choose one of \`availableFiles\`.`,
      backup.files,
    );
  }
  if (backup.status !== 'BUILDING' && !backup.files.some(({ name }) => name === fileName)) {
    throw chooseFile(
      'FILE_NOT_IN_BACKUP',
      'Unknown file; choose one of `availableFiles`.',
      backup.files,
    );
  }
  return fileName;
}

/** Limits names per error; an operation can have one such error per link. */
const MAX_AVAILABLE_FILES = 100;

function chooseFile(
  code: ErrorCode,
  message: string,
  listed: readonly BackupFile[],
): ArgumentError {
  const files = listed.map(({ name }) => name);
  if (files.length === 0) {
    const none = 'The backup has no files to download.';
    return new ArgumentError(code, none, { details: { availableFiles: [] } });
  }
  if (files.length <= MAX_AVAILABLE_FILES) {
    return new ArgumentError(code, message, { details: { availableFiles: files } });
  }
  const hint = `\`availableFiles\` lists the first ${MAX_AVAILABLE_FILES} of ${files.length}; query \`files\` for all of them.`;
  const availableFiles = files.slice(0, MAX_AVAILABLE_FILES);
  return new ArgumentError(code, `${message} ${hint}`, { details: { availableFiles } });
}

function checkLifetime(
  label: string,
  rules: LinkRules,
  lifetime: number | undefined,
  mySqlLinkExpiry: MySqlLinkExpiry,
): number | undefined {
  if (lifetime === undefined) return undefined;
  if (rules.lifetime === 'setting' && mySqlLinkExpiry === 'fixed') {
    if (lifetime === MAX_LIFETIME) return undefined;
    throw new ArgumentError(
      'EXPIRES_IN_NOT_SUPPORTED',
      `\`expiresIn\` is not supported for ${label} backups; omit it.`,
    );
  }
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_LIFETIME) {
    throw new ArgumentError(
      'EXPIRES_IN_OUT_OF_RANGE',
      `\`expiresIn\` is out of range; use 1 to ${MAX_LIFETIME} seconds.`,
    );
  }
  return lifetime;
}
