import { z } from 'zod';
import type { Backup, BackupMode, DatabaseInstance } from '../../domain/backup.js';
import type { BackupType } from '../../domain/engines.js';
import { checkIdPart, checkInstanceKey, type InstanceKey } from '../../domain/ids.js';
import { HOME_REGION, type Region } from '../../domain/regions.js';
import { type ApiOperation, type ApiOperationName, unexpected } from '../operation.js';
import type { QueryParameter } from '../sign.js';
import { createTimeReader, type TimeReader, toUpstreamTime } from '../upstream-time.js';
import { readBackup, readInstance, readRegion, RowReader } from './rows.js';

/** Rows per page; the upstream's maximum. */
export const PAGE_SIZE = 100;

/** The filters of describeBackups. It may ignore any of it, and some for some engines. */
export interface BackupQuery {
  readonly backupId?: string;
  readonly type?: BackupType;
  readonly mode?: BackupMode;
  readonly databaseName?: string;
  readonly startedAfter?: Date;
  readonly startedBefore?: Date;
}

/** A page past the end repeats the last one: stop at `totalCount`. */
interface PageRequest {
  /** 1-based. */
  readonly pageNumber: number;
}

interface Page {
  /** Rows of the page, including unreadable ones. */
  readonly rowCount: number;
  /** The number of rows of the whole list. */
  readonly totalCount: number;
}

export interface BackupPageRequest extends InstanceKey, PageRequest {
  /** Callers check the rows. */
  readonly query?: BackupQuery | undefined;
}

export interface BackupPage extends Page {
  /** Newest first. */
  readonly backups: readonly Backup[];
}

export interface InstancePageRequest extends PageRequest {
  readonly regionId: string;
}

export interface InstancePage extends Page {
  readonly instances: readonly DatabaseInstance[];
}

/** The describe operations, bound to the time zone of the upstream. @throws ArgumentError INVALID_ID */
export interface DescribeOperations {
  readonly describeBackups: (request: BackupPageRequest) => ApiOperation<BackupPage>;
  readonly describeInstances: (request: InstancePageRequest) => ApiOperation<InstancePage>;
  readonly describeInstanceAttributes: (key: InstanceKey) => ApiOperation<DatabaseInstance>;
}

/** @param options.timeZone UTC offset of upstream times without a time zone, for example `+08:00` */
export function createOperations({ timeZone }: { timeZone: string }): DescribeOperations {
  const readTime = createTimeReader(timeZone);
  return {
    describeBackups: ({ pageNumber, query = {}, ...key }) => {
      const { regionId, instanceId } = checkInstanceKey(key);
      return {
        ...request('describeBackups', regionId, `${regionId}/backups`),
        query: [
          ['instanceId', instanceId],
          ...pageParameters(pageNumber),
          ...filterParameters(query, timeZone),
        ],
        parse: reading(readTime, (result, reader) => {
          const { backup: rows, totalCount } = backupPage.parse(result);
          const instance = { regionId, instanceId };
          const backups = reader.list(rows, (row) => readBackup(row, instance, reader));
          return { backups, rowCount: rows.length, totalCount };
        }),
      };
    },
    describeInstances: ({ regionId, pageNumber }) => {
      checkIdPart('regionId', regionId);
      return {
        ...request('describeInstances', regionId, `${regionId}/instances`),
        query: pageParameters(pageNumber),
        parse: reading(readTime, (result, reader) => {
          const { dbInstances: rows, totalCount } = instancePage.parse(result);
          const instances = reader.list(rows, (row) => readInstance(row, regionId, reader));
          return { instances, rowCount: rows.length, totalCount };
        }),
      };
    },
    describeInstanceAttributes: (key) => {
      const { regionId, instanceId } = checkInstanceKey(key);
      return {
        ...request('describeInstanceAttributes', regionId, `${regionId}/instances/${instanceId}`),
        parse: reading(readTime, (result, reader) => {
          const { dbInstanceAttributes: row } = attributes.parse(result);
          const instance = readInstance(row, regionId, reader);
          if (instance?.instanceId === instanceId) return instance;
          throw unexpected('dbInstanceAttributes', 'instanceId');
        }),
      };
    },
  };
}

/** Lists the regions with backups. Only the embedded upstream has this operation. */
export function describeRegions(): ApiOperation<Region[]> {
  return {
    ...request('describeRegions', HOME_REGION, ''),
    parse: reading(
      () => null,
      (result, reader) =>
        reader.list(regionList.parse(result).regions, (row) => readRegion(row, reader)),
    ),
  };
}

/** @param path of IDs, which need no encoding, below `/v1/regions/` */
function request(name: ApiOperationName, regionId: string, path: string) {
  const segments = path === '' ? [] : path.split('/');
  return { name, regionId, path: ['v1', 'regions', ...segments], query: [] };
}

/** Reports once what a response has that is unreadable. */
function reading<Result>(
  readTime: TimeReader,
  read: (result: unknown, reader: RowReader) => Result,
): ApiOperation<Result>['parse'] {
  return (result, report) => {
    const reader = new RowReader(readTime);
    const parsed = read(result, reader);
    if (reader.reason !== undefined) report?.(reader);
    return parsed;
  };
}

/** The raw rows of a list; an empty list can be null or absent. */
const rows = z
  .array(z.unknown())
  .nullish()
  .transform((given) => given ?? []);

/** The maximum GraphQL Int, the type of totals. */
const MAX_TOTAL = 2_147_483_647;

/** A total, as a number or decimal digits; an oversized one must not invalidate the rows. */
const totalCount = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(Number),
  ])
  .pipe(z.number().nonnegative().refine(Number.isInteger))
  .transform((total) => Math.min(total, MAX_TOTAL));

const backupPage = z.object({ backup: rows, totalCount });
const instancePage = z.object({ dbInstances: rows, totalCount });
const attributes = z.object({ dbInstanceAttributes: z.looseObject({}) });
const regionList = z.object({ regions: rows });

function pageParameters(pageNumber: number): QueryParameter[] {
  return [
    ['pageNumber', String(pageNumber)],
    ['pageSize', String(PAGE_SIZE)],
  ];
}

const TYPES = { FULL: 'full', INCREMENTAL: 'diff' } as const;
const MODES = { AUTO: '1', MANUAL: '0' } as const;

/**
 * Milliseconds by which the time range sent exceeds the one requested: the upstream has whole
 * seconds, and does not document whether a range includes its limits.
 */
const MARGIN_MS = 1000;

function filterParameters(query: BackupQuery, timeZone: string): QueryParameter[] {
  const { backupId, type, mode, databaseName, startedAfter, startedBefore } = query;
  const timeOf = (time: Date | undefined, marginMs: number): string | undefined =>
    time && toUpstreamTime(new Date(time.getTime() + marginMs), timeZone);
  const values: readonly (readonly [string, string | undefined])[] = [
    ['filters.1.name', backupId && 'backupId'],
    ['filters.1.operator', backupId && 'eq'],
    ['filters.1.values.1', backupId],
    ['auto', mode && MODES[mode]],
    ['backupTypeFilter', type && TYPES[type]],
    ['dbNameFilter', databaseName],
    ['backupTimeRangeStartFilter', timeOf(startedAfter, -MARGIN_MS)],
    ['backupTimeRangeEndFilter', timeOf(startedBefore, MARGIN_MS)],
  ];
  return values.filter((parameter): parameter is QueryParameter => parameter[1] !== undefined);
}
