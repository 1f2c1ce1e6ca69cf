import type { BackupMode } from '../../domain/backup.js';
import type { BackupType } from '../../domain/engines.js';
import type { QueryParameter } from '../sign/encode.js';
import { toUpstreamTime } from '../upstream-time.js';

/** What describeBackups can be asked to filter by. It may ignore any of it, and some for some engines. */
export interface BackupQuery {
  readonly backupId?: string;
  readonly type?: BackupType;
  readonly mode?: BackupMode;
  readonly databaseName?: string;
  readonly startedAfter?: Date;
  readonly startedBefore?: Date;
}

const TYPES = { FULL: 'full', INCREMENTAL: 'diff' } as const;
const MODES = { AUTO: '1', MANUAL: '0' } as const;

/**
 * Milliseconds by which the time range sent exceeds the one requested: the upstream has whole
 * seconds, and does not document whether a range includes its limits.
 */
const MARGIN_MS = 1000;

const YEARS = /^\d{4}-/;

/** The parameters of a query. `timeZone` is the offset of times without a zone, as `+08:00`. */
export function queryParameters(query: BackupQuery, timeZone: string): QueryParameter[] {
  const { backupId, type, mode, databaseName, startedAfter, startedBefore } = query;
  const timeOf = (time: Date, marginMs: number): string | undefined => {
    const text = toUpstreamTime(new Date(time.getTime() + marginMs), timeZone);
    // Beyond the years that the upstream can write, a limit limits nothing.
    return YEARS.test(text) ? text : undefined;
  };
  return [
    ...(backupId === undefined ? [] : equals('backupId', backupId)),
    ...parameter('auto', mode && MODES[mode]),
    ...parameter('backupTypeFilter', type && TYPES[type]),
    ...parameter('dbNameFilter', databaseName),
    ...parameter('backupTimeRangeStartFilter', startedAfter && timeOf(startedAfter, -MARGIN_MS)),
    ...parameter('backupTimeRangeEndFilter', startedBefore && timeOf(startedBefore, MARGIN_MS)),
  ];
}

function equals(name: string, value: string): QueryParameter[] {
  return [
    ['filters.1.name', name],
    ['filters.1.operator', 'eq'],
    ['filters.1.values.1', value],
  ];
}

function parameter(name: string, value: string | undefined): QueryParameter[] {
  return value === undefined ? [] : [[name, value]];
}
