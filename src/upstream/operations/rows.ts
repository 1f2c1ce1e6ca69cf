import type { Backup, BackupFile, DatabaseInstance } from '../../domain/backup.js';
import { ENGINES, engineFromUpstream, isFileByFile } from '../../domain/engines.js';
import { formatBackupId, formatInstanceId, type InstanceKey, isIdPart } from '../../domain/ids.js';
import type { Region } from '../../domain/regions.js';
import type { TimeReader } from '../upstream-time.js';

/** A raw row: any field can be absent or of any type. */
export type UpstreamRow<Name extends string> = { readonly [Field in Name]?: unknown };

/**
 * Reads the rows of one response leniently, by plain functions: a schema takes twenty times as
 * long, and a page has a hundred rows. Counts what is unreadable: rows, and values of other rows.
 */
export class RowReader {
  rows = 0;
  values = 0;
  /** The first thing unreadable: fields of the upstream API but no values. */
  reason: string | undefined;

  readonly #readTime: TimeReader;

  constructor(readTime: TimeReader) {
    this.#readTime = readTime;
  }

  /** Reads each row on its own: one for which `read` returns null does not cost the page. */
  list<Row>(rows: readonly unknown[], read: (row: object) => Row | null): Row[] {
    const values: Row[] = [];
    for (const row of rows) {
      const isObject = typeof row === 'object' && row !== null;
      const value = isObject ? read(row) : this.skipRow('a row is not an object');
      if (value !== null) values.push(value);
    }
    return values;
  }

  skipRow(reason: string): null {
    this.rows += 1;
    this.reason ??= reason;
    return null;
  }

  skipValue(reason: string): null {
    this.values += 1;
    this.reason ??= reason;
    return null;
  }

  time(value: unknown, field: string): Date | null {
    const time = this.#readTime(value);
    if (time !== null || isNothing(value)) return time;
    // `0000-00-00 00:00:00` means no time.
    if (typeof value === 'string' && value.startsWith('0000-00-00')) return null;
    return this.skipValue(`${field} is not a time`);
  }

  size(value: unknown, field: string): number | null {
    const size = toSize(value);
    return size !== null || isNothing(value) ? size : this.skipValue(`${field} is not a size`);
  }
}

/** For unknown values, the upstream omits the field or returns null or an empty string. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Maps an upstream word, case-insensitive, to our name; null if unknown. */
function wordOf<Name extends string>(
  value: unknown,
  names: ReadonlyMap<string, Name>,
): Name | null {
  return names.get(textOf(value)?.toLowerCase() ?? '') ?? null;
}

/** A number of bytes, as a number or decimal digits; null if not exact. */
export function toSize(value: unknown): number | null {
  const size = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

/** Whether a value is a file name; a lone surrogate has no UTF-8 form and cannot be requested. */
export function isFileName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !/\p{Surrogate}/u.test(name);
}

const STATUSES = new Map([
  ['completed', 'COMPLETED'],
  ['error', 'ERROR'],
  ['building', 'BUILDING'],
  ['deleting', 'DELETING'],
  ['delete_error', 'DELETE_ERROR'],
  ['retained', 'RETAINED'],
] as const);
/** Older versions of the upstream API use `Automated`. */
const MODES = new Map([
  ['auto', 'AUTO'],
  ['automated', 'AUTO'],
  ['manual', 'MANUAL'],
] as const);
const TYPES = new Map([
  ['full', 'FULL'],
  ['diff', 'INCREMENTAL'],
] as const);
const UNITS = new Map([
  ['instance', 'INSTANCE'],
  ['database', 'DATABASE'],
] as const);

/** An unreported engine can be any. */
const UNKNOWN = { type: true, unit: true } as const;

type FileField = 'backupFiles' | 'backupFileSizeByte' | 'unavailableFiles';
type BackupField =
  | FileField
  | 'backupId'
  | 'instanceId'
  | 'backupName'
  | 'engine'
  | 'backupStatus'
  | 'backupMode'
  | 'backupType'
  | 'backupUnit'
  | 'backupStartTime'
  | 'backupEndTime'
  | 'backupSizeByte';

/** Reads a row of describeBackups; null unless it belongs to the requested instance. */
export function readBackup(
  row: UpstreamRow<BackupField>,
  { regionId, instanceId }: InstanceKey,
  reader: RowReader,
): Backup | null {
  const { backupId } = row;
  if (typeof backupId !== 'string' || !isIdPart(backupId)) {
    return reader.skipRow('backupId is missing or invalid');
  }
  if ((textOf(row.instanceId) ?? instanceId) !== instanceId) {
    return reader.skipRow('instanceId belongs to another instance');
  }
  const engine = engineFromUpstream(textOf(row.engine) ?? '');
  const traits = engine === null ? UNKNOWN : ENGINES[engine].traits;
  const unavailable = unavailableFiles(row, reader);
  // Written out: with a spread, creating the object takes ten times as long.
  return {
    id: formatBackupId({ regionId, instanceId, backupId }),
    regionId,
    instanceId,
    backupId,
    name: textOf(row.backupName),
    engine,
    status: wordOf(row.backupStatus, STATUSES),
    mode: wordOf(row.backupMode, MODES),
    type: traits.type ? wordOf(row.backupType, TYPES) : null,
    unit: traits.unit ? wordOf(row.backupUnit, UNITS) : null,
    startedAt: reader.time(row.backupStartTime, 'backupStartTime'),
    endedAt: reader.time(row.backupEndTime, 'backupEndTime'),
    sizeBytes: reader.size(row.backupSizeByte, 'backupSizeByte'),
    files: engine === null || isFileByFile(engine) ? readFiles(row, unavailable, reader) : [],
    unavailableFileCount: unavailable.size,
  };
}

/** The names of the files that the store lacks, if the upstream tells any. */
function unavailableFiles(
  { unavailableFiles: names }: UpstreamRow<FileField>,
  reader: RowReader,
): ReadonlySet<string> {
  if (isNothing(names)) return NO_NAMES;
  if (Array.isArray(names) && names.every(isFileName)) return new Set(names);
  reader.skipValue('unavailableFiles is not a list of file names');
  return NO_NAMES;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The files of a backup, without those of invalid names; sizes are in the order of all names. */
function readFiles(
  { backupFiles: names, backupFileSizeByte: sizes }: UpstreamRow<FileField>,
  unavailable: ReadonlySet<string>,
  reader: RowReader,
): readonly BackupFile[] {
  if (!Array.isArray(names)) {
    if (!isNothing(names)) reader.skipValue('backupFiles is not a list');
    return [];
  }
  const files: BackupFile[] = [];
  for (const [index, name] of (names as unknown[]).entries()) {
    if (isFileName(name)) {
      const size: unknown = Array.isArray(sizes) ? sizes[index] : undefined;
      const sizeBytes = reader.size(size, 'backupFileSizeByte');
      files.push({ name, sizeBytes, available: !unavailable.has(name) });
    } else {
      reader.skipValue('backupFiles contains an invalid file name');
    }
  }
  return files;
}

type InstanceField =
  'instanceId' | 'instanceName' | 'engine' | 'engineVersion' | 'instanceStatus' | 'createTime';

/** Reads a row of describeInstances or describeInstanceAttributes; null without an ID. */
export function readInstance(
  row: UpstreamRow<InstanceField>,
  regionId: string,
  reader: RowReader,
): DatabaseInstance | null {
  const { instanceId } = row;
  if (typeof instanceId !== 'string' || !isIdPart(instanceId)) {
    return reader.skipRow('instanceId is missing or invalid');
  }
  return {
    regionId,
    instanceId,
    id: formatInstanceId({ regionId, instanceId }),
    name: textOf(row.instanceName),
    engine: engineFromUpstream(textOf(row.engine) ?? ''),
    engineVersion: textOf(row.engineVersion),
    status: textOf(row.instanceStatus),
    createdAt: reader.time(row.createTime, 'createTime'),
  };
}

/** Reads a row of describeRegions; null without an ID. */
export function readRegion(
  row: UpstreamRow<'regionId' | 'regionName'>,
  reader: RowReader,
): Region | null {
  const id = textOf(row.regionId);
  if (id === null || !isIdPart(id)) return reader.skipRow('regionId is missing or invalid');
  return { id, name: textOf(row.regionName) };
}
