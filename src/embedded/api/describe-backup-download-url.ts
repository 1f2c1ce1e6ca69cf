import { ENGINES } from '../../domain/engines.js';
import type { MySqlLinkExpiry } from '../../domain/download-rules.js';
import { type LinkedFile, type LinkRequest, MAX_LIFETIME } from '../../domain/link.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import { sha256Of } from '../catalogue/checksums.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import { ApiError, invalidArgument, notFound } from './api-error.js';
import type { FileService } from '../store.js';
import { required, type Parameters } from './parameters.js';

export interface LinkOptions {
  readonly files: () => Pick<FileService, 'issue'>;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  readonly logger: Logger;
}

/** Default lifetimes in seconds: the newer API gives the MySQL family five minutes. */
const DEFAULT_LIFETIME = { fixed: MAX_LIFETIME, settable: 300 } as const;
const DOWNLOADABLE = ['COMPLETED', 'RETAINED'];
const NOT_AVAILABLE = { publicURL: '', internalURL: '' };

/**
 * describeBackupDownloadURL: the link of one file (SQL Server) or the complete backup (MySQL
 * family); empty strings while there is nothing to download.
 * @throws ApiError
 */
export async function describeBackupDownloadUrl(
  catalogue: Catalogue,
  options: LinkOptions,
  { regionId, backupId }: { readonly regionId: string; readonly backupId: string },
  parameters: Parameters,
): Promise<object> {
  const instanceId = parameters.get('instanceId');
  const found = await catalogue.findBackups(regionId, backupId, instanceId);
  const backup = only(found, instanceId, options.logger);
  const rules = linkRules(backup);
  const isFixed = rules.lifetime === 'setting' && options.mySqlLinkExpiry === 'fixed';
  const lifetime =
    toLifetime(parameters, isFixed) ??
    (rules.lifetime === 'free' ? MAX_LIFETIME : DEFAULT_LIFETIME[options.mySqlLinkExpiry]);
  const isAvailable = DOWNLOADABLE.includes(backup.manifest.backupStatus);
  const file =
    rules.fileName === 'required'
      ? namedFile(backup, parameters, isAvailable)
      : wholeSet(backup, parameters, options.logger);
  const links = isAvailable && file ? await options.files().issue(backup, file, lifetime) : null;
  if (links === null) return NOT_AVAILABLE;
  const { publicURL, internalURL, file: current } = links;
  return { publicURL, internalURL, ...factsOf(backup, current) };
}

/** Seconds; the link issued to check the file is never returned. */
const CHECK_LIFETIME = 1;

/**
 * Whether an earlier link still leads to the file it described: a link names a file, which may have
 * been replaced. Checks the real file, as a new link does.
 * @throws ApiError
 */
export async function stillHolds(
  catalogue: Pick<Catalogue, 'findBackups'>,
  files: Pick<FileService, 'issue'>,
  { backup: key, fileName }: LinkRequest,
  { sizeBytes, sha256 }: LinkedFile,
): Promise<boolean> {
  const found = await catalogue.findBackups(key.regionId, key.backupId, key.instanceId);
  const backup = found.find(({ key: { instanceId } }) => instanceId === key.instanceId);
  const listed = backup?.files.find(({ name }) => fileName === undefined || name === fileName);
  if (!backup || !listed) return false;
  const file = (await files.issue(backup, listed, CHECK_LIFETIME))?.file;
  return file?.size === sizeBytes && sha256Of(backup.checksums, file) === sha256;
}

/** Additional members that the cloud does not return and its clients ignore. */
function factsOf({ checksums }: CataloguedBackup, file: StoredFile): object {
  const sha256 = sha256Of(checksums, file);
  return { fileSizeByte: file.size, ...(sha256 !== null && { fileSha256: sha256 }) };
}

/**
 * The backup of the instance, if that is given. The cloud's API has no such parameter, since its ids are
 * unique in a region; folders named by date are not.
 */
function only(
  backups: readonly CataloguedBackup[],
  instanceId: string | undefined,
  logger: Logger,
): CataloguedBackup {
  const [backup, ...more] =
    instanceId === undefined ? backups : backups.filter(({ key }) => key.instanceId === instanceId);
  if (backup === undefined) throw notFound('No backup in the region has this backupId.');
  if (more.length === 0) return backup;
  const { regionId, backupId } = backup.key;
  const instances = [backup, ...more].map(({ key }) => key.instanceId);
  logger.warn(
    { regionId, backupId, instances },
    'link refused: several instances have this backup id',
  );
  throw failedPrecondition(
    `Several instances have a backup with this backupId: add instanceId, one of ${instances.join(', ')}.`,
  );
}

function linkRules({ engine }: CataloguedBackup) {
  if (engine === null) throw failedPrecondition('The engine of this backup is unknown.');
  const { label, rules } = ENGINES[engine];
  if (rules.links === null) throw failedPrecondition(`${label} backups cannot be downloaded.`);
  return rules;
}

function toLifetime(parameters: Parameters, isFixed: boolean): number | undefined {
  const text = parameters.get('urlExpirationSecond');
  if (text === undefined) return undefined;
  if (isFixed) throw invalidArgument('urlExpirationSecond is not supported for this engine.');
  const seconds = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_LIFETIME) {
    throw invalidArgument(`urlExpirationSecond must be an integer from 1 to ${MAX_LIFETIME}.`);
  }
  return seconds;
}

/**
 * Undefined for a file that is not available. An unfinished backup may lack files, so their names are
 * not checked.
 */
function namedFile(
  { files, unavailableFiles }: CataloguedBackup,
  parameters: Parameters,
  isAvailable: boolean,
): StoredFile | undefined {
  const fileName = required(parameters, 'fileName');
  const file = files.find(({ name }) => name === fileName);
  if (isAvailable && !file && !unavailableFiles.includes(fileName)) {
    throw invalidArgument('fileName must be one of the backupFiles of the backup.');
  }
  return file;
}

function wholeSet(
  { key, files, unavailableFiles }: CataloguedBackup,
  parameters: Parameters,
  logger: Logger,
): StoredFile | undefined {
  if (parameters.has('fileName')) {
    throw invalidArgument(
      'fileName is not supported for this engine; omit it to download the complete backup.',
    );
  }
  const count = files.length + unavailableFiles.length;
  if (count > 1) {
    logger.warn({ ...key, files: count }, 'backup not downloadable: it must consist of one file');
    return undefined;
  }
  return files[0];
}

function failedPrecondition(message: string): ApiError {
  return new ApiError(400, 'FAILED_PRECONDITION', message);
}
