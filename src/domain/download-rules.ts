import type { Backup, BackupFile } from './backup.js';
import { ENGINES, type Engine, type EngineRules, type LinkVariant } from './engines.js';
import { ArgumentError, type ErrorCode } from './errors.js';
import { MAX_LIFETIME, type LinkRequest } from './link.js';

/** The arguments of `downloadURL`. Null and absent are the same. */
export interface LinkArguments {
  readonly fileName?: string | null | undefined;
  readonly expiresIn?: number | null | undefined;
}

/** `settable`: the MySQL family takes a lifetime; `fixed`: it has one of its own. */
export type MySqlLinkExpiry = 'fixed' | 'settable';

type LinkRules = Extract<EngineRules, { fileName: unknown }>;

/**
 * Turns the arguments of `downloadURL` into the request for one link, by the rules of the engine
 * (API reference of describeBackupDownloadURL).
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
    throw new ArgumentError('ENGINE_UNSUPPORTED', `Backups of ${label} have no download link.`);
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
      `A ${label} backup is downloaded as a whole set: leave fileName out.`,
    );
  }
  if (fileName === undefined || fileName === '') {
    throw chooseFile(
      'FILE_NAME_REQUIRED',
      `A ${label} backup is downloaded file by file: give fileName, one of availableFiles.`,
      backup.files,
    );
  }
  if (!backup.files.some(({ name }) => name === fileName)) {
    throw chooseFile(
      'FILE_NOT_IN_BACKUP',
      'The backup has no file of this name: give one of availableFiles, exactly as written there.',
      backup.files,
    );
  }
  return fileName;
}

/** An error lists as many names, and there may be as many such errors as links in an operation. */
const MAX_AVAILABLE_FILES = 100;

function chooseFile(
  code: ErrorCode,
  message: string,
  listed: readonly BackupFile[],
): ArgumentError {
  const files = listed.map(({ name }) => name);
  if (files.length <= MAX_AVAILABLE_FILES) {
    return new ArgumentError(code, message, { details: { availableFiles: files } });
  }
  const hint = `They are the first ${MAX_AVAILABLE_FILES} of ${files.length}: query files for all.`;
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
      `The lifetime of a ${label} link cannot be chosen: leave expiresIn out.`,
    );
  }
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_LIFETIME) {
    throw new ArgumentError(
      'EXPIRES_IN_OUT_OF_RANGE',
      `expiresIn is out of range: give whole seconds from 1 to ${MAX_LIFETIME}.`,
    );
  }
  return lifetime;
}
