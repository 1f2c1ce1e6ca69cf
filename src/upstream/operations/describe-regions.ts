import { z } from 'zod';
import { isIdPart } from '../../domain/ids.js';
import { HOME_REGION, type Region } from '../../domain/regions.js';
import type { ApiOperation } from '../operation.js';
import { lenientText } from './lenient-fields.js';
import { readRows, rowsOfPage } from './page.js';
import { countingUnreadable } from './unreadable.js';

const answer = z.object({ regions: rowsOfPage });

/** Lists the regions with backups. Only the embedded upstream has this operation. */
export function describeRegions(): ApiOperation<Region[]> {
  return {
    name: 'describeRegions',
    regionId: HOME_REGION,
    path: ['v1', 'regions'],
    query: [],
    parse: (value, report) => {
      const { regions } = answer.parse(value);
      return countingUnreadable(
        (unreadable) =>
          readRows<Region>(
            regions,
            (row: { readonly regionId?: unknown; readonly regionName?: unknown }) => {
              const id = lenientText(row.regionId);
              if (id === null || !isIdPart(id)) return unreadable.addRow('regionId is no id');
              return { id, name: lenientText(row.regionName) };
            },
            unreadable,
          ),
        report,
      );
    },
  };
}
