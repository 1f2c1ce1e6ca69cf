import { z } from 'zod';
import type { DatabaseInstance } from '../../domain/backup.js';
import { checkInstanceKey, type InstanceKey } from '../../domain/ids.js';
import type { Operation } from '../operation.js';
import type { TimeReader } from '../upstream-time.js';
import { instanceRow } from './instance-row.js';

/** Describes one instance. @throws ArgumentError INVALID_ID */
export function describeInstanceAttributes(
  key: InstanceKey,
  readTime: TimeReader,
): Operation<DatabaseInstance> {
  const { regionId, instanceId } = checkInstanceKey(key);
  const result = z.object({
    dbInstanceAttributes: instanceRow(regionId, readTime).refine(
      (instance) => instance.instanceId === instanceId,
    ),
  });
  return {
    name: 'describeInstanceAttributes',
    regionId,
    path: ['v1', 'regions', regionId, 'instances', instanceId],
    query: [],
    parse: (value) => result.parse(value).dbInstanceAttributes,
  };
}
