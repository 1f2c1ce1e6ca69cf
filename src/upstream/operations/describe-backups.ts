import { z } from 'zod';
import type { Backup } from '../../domain/backup.js';
import { checkInstanceKey, type InstanceKey } from '../../domain/ids.js';
import type { ApiOperation } from '../operation.js';
import type { TimeReader } from '../upstream-time.js';
import { queryParameters, type BackupQuery } from './backup-query.js';
import { readBackupRow } from './backup-row.js';
import { PAGE_SIZE, readRows, rowsOfPage, totalCountOfPage } from './page.js';
import { countingUnreadable } from './unreadable.js';

export interface BackupPageRequest extends InstanceKey {
  /** 1-based. A page past the end repeats the last one: stop at `totalCount`. */
  readonly pageNumber: number;
  /** The filters of the list; callers check the rows. */
  readonly query?: BackupQuery | undefined;
}

export interface BackupPage {
  /** Newest first. */
  readonly backups: readonly Backup[];
  /** Rows of the page, including unreadable ones. */
  readonly rowCount: number;
  /** The number of backups of the instance. */
  readonly totalCount: number;
}

const page = z.object({ backup: rowsOfPage, totalCount: totalCountOfPage });

/** What rows and parameters are read and written with. */
export interface BackupPageOptions {
  readonly readTime: TimeReader;
  /** Offset of times without a zone, as `+08:00`. */
  readonly timeZone: string;
}

/** Lists a page of the backups of an instance. @throws ArgumentError INVALID_ID */
export function describeBackups(
  { pageNumber, query = {}, ...key }: BackupPageRequest,
  { readTime, timeZone }: BackupPageOptions,
): ApiOperation<BackupPage> {
  const { regionId, instanceId } = checkInstanceKey(key);
  return {
    name: 'describeBackups',
    regionId,
    path: ['v1', 'regions', regionId, 'backups'],
    query: [
      ['instanceId', instanceId],
      ['pageNumber', String(pageNumber)],
      ['pageSize', String(PAGE_SIZE)],
      ...queryParameters(query, timeZone),
    ],
    parse: (result, report) => {
      const { backup: rows, totalCount } = page.parse(result);
      const instance = { regionId, instanceId };
      const backups = countingUnreadable((unreadable) => {
        const reading = { readTime, unreadable };
        return readRows(rows, (row) => readBackupRow(row, instance, reading), unreadable);
      }, report);
      return { backups, rowCount: rows.length, totalCount };
    },
  };
}
