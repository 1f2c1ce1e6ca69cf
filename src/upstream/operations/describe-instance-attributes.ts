import { z } from 'zod';
import type { DatabaseInstance } from '../../domain/backup.js';
import { checkInstanceKey, type InstanceKey } from '../../domain/ids.js';
import type { ApiOperation } from '../operation.js';
import type { TimeReader } from '../upstream-time.js';
import { readInstanceRow } from './instance-row.js';
import { countingUnreadable } from './unreadable.js';

const answer = z.object({ dbInstanceAttributes: z.looseObject({}) });

const OTHER_INSTANCE = {
  code: 'custom' as const,
  path: ['dbInstanceAttributes', 'instanceId'],
  message: 'not the requested instance',
};

/** Describes one instance. @throws ArgumentError INVALID_ID */
export function describeInstanceAttributes(
  key: InstanceKey,
  readTime: TimeReader,
): ApiOperation<DatabaseInstance> {
  const { regionId, instanceId } = checkInstanceKey(key);
  return {
    name: 'describeInstanceAttributes',
    regionId,
    path: ['v1', 'regions', regionId, 'instances', instanceId],
    query: [],
    parse: (value, report) => {
      const { dbInstanceAttributes: row } = answer.parse(value);
      return countingUnreadable((unreadable) => {
        const instance = readInstanceRow(row, regionId, { readTime, unreadable });
        if (instance?.instanceId !== instanceId) throw new z.ZodError([OTHER_INSTANCE]);
        return instance;
      }, report);
    },
  };
}
