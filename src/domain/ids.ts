import { ArgumentError } from './errors.js';

/** Identifies an instance. */
export interface InstanceKey {
  readonly regionId: string;
  readonly instanceId: string;
}

/** Identifies a backup. */
export interface BackupKey extends InstanceKey {
  readonly backupId: string;
}

/**
 * Region codes, instance IDs and backup IDs consist of letters, digits and inner hyphens
 * (`cn-north-1`, `mysql-wp4e9ztap2`, a UUID). Anything else could turn one signed call into
 * another, so it is rejected before a path is built.
 */
const ID_PART = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?$/;

/** Whether `text` is a valid region code, instance ID or backup ID. */
export function isIdPart(text: string): boolean {
  return ID_PART.test(text);
}

/** Formats the `id` of a DatabaseInstance: `<regionId>/<instanceId>`. */
export function formatInstanceId({ regionId, instanceId }: InstanceKey): string {
  return `${regionId}/${instanceId}`;
}

/** Formats the `id` of a Backup: `<regionId>/<instanceId>/<backupId>`. */
export function formatBackupId({ regionId, instanceId, backupId }: BackupKey): string {
  return `${regionId}/${instanceId}/${backupId}`;
}

const INSTANCE_FORM = '"<regionId>/<instanceId>"';
const BACKUP_FORM = '"<regionId>/<instanceId>/<backupId>"';

/** Parses the `id` of a DatabaseInstance. @throws ArgumentError INVALID_ID */
export function parseInstanceId(id: string): InstanceKey {
  const [regionId = '', instanceId = '', ...rest] = id.split('/');
  if (rest.length > 0 || ![regionId, instanceId].every(isIdPart))
    throw invalidId('id', INSTANCE_FORM);
  return { regionId, instanceId };
}

/** Parses the `id` of a Backup. @throws ArgumentError INVALID_ID */
export function parseBackupId(id: string): BackupKey {
  const [regionId = '', instanceId = '', backupId = '', ...rest] = id.split('/');
  if (rest.length > 0 || ![regionId, instanceId, backupId].every(isIdPart)) {
    throw invalidId('id', BACKUP_FORM);
  }
  return { regionId, instanceId, backupId };
}

/** Validates separate IDs. @throws ArgumentError INVALID_ID naming the invalid part */
export function checkInstanceKey(key: InstanceKey): InstanceKey {
  checkIdPart('regionId', key.regionId);
  checkIdPart('instanceId', key.instanceId);
  return { regionId: key.regionId, instanceId: key.instanceId };
}

/** Validates separate IDs. @throws ArgumentError INVALID_ID naming the invalid part */
export function checkBackupKey(key: BackupKey): BackupKey {
  const { regionId, instanceId, backupId } = key;
  checkIdPart('backupId', backupId);
  checkInstanceKey(key);
  return { regionId, instanceId, backupId };
}

/** Validates one ID. @throws ArgumentError INVALID_ID naming it */
export function checkIdPart(name: string, value: string): string {
  if (!isIdPart(value)) throw invalidId(name, '1 to 128 letters, digits or inner hyphens');
  return value;
}

/** The value is not repeated, since it can be a token pasted by mistake. */
function invalidId(name: string, form: string): ArgumentError {
  return new ArgumentError('INVALID_ID', `Invalid ${name}; expected ${form}.`);
}
