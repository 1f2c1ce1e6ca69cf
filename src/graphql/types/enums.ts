import { registerEnumType } from 'type-graphql';
import type { BackupMode, BackupStatus, BackupUnit } from '../../domain/backup.js';
import { type BackupType, ENGINE_NAMES, ENGINES, type Engine } from '../../domain/engines.js';

/** Registers a domain union as a GraphQL enum with descriptions. */
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

export const BackupStatusEnum = enumOf<BackupStatus>('BackupStatus', 'The status of a backup.', {
  COMPLETED: 'The backup is complete and can be downloaded.',
  ERROR: 'The backup failed.',
  BUILDING: 'The backup is running; its link is not yet available.',
  DELETING: 'The backup is being deleted.',
  DELETE_ERROR: 'The backup could not be deleted.',
  RETAINED: 'The instance was deleted; its backup was retained and can be downloaded.',
});

export const BackupModeEnum = enumOf<BackupMode>('BackupMode', 'How a backup was started.', {
  AUTO: "By the instance's backup schedule.",
  MANUAL: 'On request, by a person or a program.',
});

export const BackupTypeEnum = enumOf<BackupType>('BackupType', 'The data a backup contains.', {
  FULL: 'A full backup: all data.',
  INCREMENTAL:
    'A differential backup, in SQL Server terms: the data changed since the last full backup.',
});

export const BackupUnitEnum = enumOf<BackupUnit>('BackupUnit', 'The scope of a backup.', {
  INSTANCE: 'All databases of the instance.',
  DATABASE: 'Selected databases of the instance.',
});
