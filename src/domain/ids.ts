import { ArgumentError } from './errors.js';

/** Names one instance. */
export interface InstanceKey {
  readonly regionId: string;
  readonly instanceId: string;
}

/** Names one backup. */
export interface BackupKey extends InstanceKey {
  readonly backupId: string;
}

/**
 * Region codes, instance ids and backup ids of the cloud are letters, digits and inner hyphens
 * (`cn-north-1`, `mysql-wp4e9ztap2`, a UUID). Anything else could turn one signed call into another,
 * so it is refused before a path is built from it.
 */
const ID_PART = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?$/;

/** Whether `text` can be a region code, an instance id or a backup id. */
export function isIdPart(text: string): boolean {
  return ID_PART.test(text);
}

/** The `id` of a DatabaseInstance: `<regionId>/<instanceId>`. */
export function formatInstanceId({ regionId, instanceId }: InstanceKey): string {
  return `${regionId}/${instanceId}`;
}

/** The `id` of a Backup: `<regionId>/<instanceId>/<backupId>`. */
export function formatBackupId({ regionId, instanceId, backupId }: BackupKey): string {
  return `${regionId}/${instanceId}/${backupId}`;
}

const INSTANCE_FORM = '"<regionId>/<instanceId>"';
const BACKUP_FORM = '"<regionId>/<instanceId>/<backupId>"';

/** Reads the `id` of a DatabaseInstance. @throws ArgumentError INVALID_ID */
export function parseInstanceId(id: string): InstanceKey {
  const [regionId = '', instanceId = '', ...rest] = id.split('/');
  if (rest.length > 0 || ![regionId, instanceId].every(isIdPart))
    throw invalidId('id', INSTANCE_FORM);
  return { regionId, instanceId };
}

/** Reads the `id` of a Backup. @throws ArgumentError INVALID_ID */
export function parseBackupId(id: string): BackupKey {
  const [regionId = '', instanceId = '', backupId = '', ...rest] = id.split('/');
  if (rest.length > 0 || ![regionId, instanceId, backupId].every(isIdPart)) {
    throw invalidId('id', BACKUP_FORM);
  }
  return { regionId, instanceId, backupId };
}

/** Checks ids that came apart. @throws ArgumentError INVALID_ID naming the part at fault */
export function checkInstanceKey(key: InstanceKey): InstanceKey {
  checkIdPart('regionId', key.regionId);
  checkIdPart('instanceId', key.instanceId);
  return { regionId: key.regionId, instanceId: key.instanceId };
}

/** Checks ids that came apart. @throws ArgumentError INVALID_ID naming the part at fault */
export function checkBackupKey(key: BackupKey): BackupKey {
  const { regionId, instanceId, backupId } = key;
  checkIdPart('backupId', backupId);
  checkInstanceKey(key);
  return { regionId, instanceId, backupId };
}

/** Checks one id. @throws ArgumentError INVALID_ID naming it */
export function checkIdPart(name: string, value: string): string {
  if (!isIdPart(value))
    throw invalidId(name, 'letters, digits and inner hyphens, 1 to 128 of them');
  return value;
}

/** The value itself is not repeated: it may be anything, a pasted token too. */
function invalidId(name: string, form: string): ArgumentError {
  return new ArgumentError('INVALID_ID', `${name} is not valid: expected ${form}.`);
}
