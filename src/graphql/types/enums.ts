import { registerEnumType } from 'type-graphql';
import type { BackupMode, BackupStatus, BackupType, BackupUnit } from '../../domain/backup.js';
import { ENGINE_NAMES, ENGINES, type Engine } from '../../domain/engines.js';

/** Registers the names of a domain union as a GraphQL enum, each with its description. */
function enumOf<Name extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Name, string>>,
): Record<Name, Name> {
  const names = Object.keys(values) as Name[];
  const enumObject = Object.fromEntries(names.map((key) => [key, key])) as Record<Name, Name>;
  const valuesConfig = Object.fromEntries(
    names.map((key) => [key, { description: values[key] }]),
  ) as Record<Name, { description: string }>;
  registerEnumType(enumObject, { name, description, valuesConfig });
  return enumObject;
}

export const DatabaseEngineEnum = enumOf<Engine>(
  'DatabaseEngine',
  'A database engine.',
  Object.fromEntries(ENGINE_NAMES.map((engine) => [engine, ENGINES[engine].description])) as Record<
    Engine,
    string
  >,
);

export const BackupStatusEnum = enumOf<BackupStatus>('BackupStatus', 'What state a backup is in.', {
  COMPLETED: 'The backup is done and can be downloaded.',
  ERROR: 'The backup failed.',
  BUILDING: 'The backup is being made; its link is not available yet.',
  DELETING: 'The backup is being deleted.',
  DELETE_ERROR: 'Deleting the backup failed.',
  RETAINED: 'The instance is deleted, the backup is kept and can be downloaded.',
});

export const BackupModeEnum = enumOf<BackupMode>('BackupMode', 'What started a backup.', {
  AUTO: 'The schedule of the instance.',
  MANUAL: 'A person or a program.',
});

export const BackupTypeEnum = enumOf<BackupType>('BackupType', 'What a backup holds.', {
  FULL: 'All data.',
  INCREMENTAL: 'What changed since the last full backup.',
});

export const BackupUnitEnum = enumOf<BackupUnit>('BackupUnit', 'What a backup was made of.', {
  INSTANCE: 'All databases of the instance.',
  DATABASE: 'Chosen databases of the instance.',
});
