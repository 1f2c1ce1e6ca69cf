import { z } from 'zod';
import type { DatabaseInstance } from '../../domain/backup.js';
import { checkIdPart } from '../../domain/ids.js';
import type { ApiOperation } from '../operation.js';
import type { TimeReader } from '../upstream-time.js';
import { readInstanceRow } from './instance-row.js';
import { PAGE_SIZE, readRows, rowsOfPage, totalCountOfPage } from './page.js';
import { countingUnreadable } from './unreadable.js';

export interface InstancePageRequest {
  readonly regionId: string;
  /** 1-based. A page past the end repeats the last one: stop at `totalCount`. */
  readonly pageNumber: number;
}

export interface InstancePage {
  readonly instances: readonly DatabaseInstance[];
  /** Rows of the page, including unreadable ones. */
  readonly rowCount: number;
  /** The number of instances in the region. */
  readonly totalCount: number;
}

const page = z.object({ dbInstances: rowsOfPage, totalCount: totalCountOfPage });

/** Lists a page of the instances of a region. @throws ArgumentError INVALID_ID */
export function describeInstances(
  { regionId, pageNumber }: InstancePageRequest,
  readTime: TimeReader,
): ApiOperation<InstancePage> {
  checkIdPart('regionId', regionId);
  return {
    name: 'describeInstances',
    regionId,
    path: ['v1', 'regions', regionId, 'instances'],
    query: [
      ['pageNumber', String(pageNumber)],
      ['pageSize', String(PAGE_SIZE)],
    ],
    parse: (result, report) => {
      const { dbInstances: rows, totalCount } = page.parse(result);
      const instances = countingUnreadable((unreadable) => {
        const reading = { readTime, unreadable };
        return readRows(rows, (row) => readInstanceRow(row, regionId, reading), unreadable);
      }, report);
      return { instances, rowCount: rows.length, totalCount };
    },
  };
}
