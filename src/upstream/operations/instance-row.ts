import { z } from 'zod';
import type { DatabaseInstance } from '../../domain/backup.js';
import { engineFromUpstream } from '../../domain/engines.js';
import { formatInstanceId, isIdPart } from '../../domain/ids.js';
import type { TimeReader } from '../upstream-time.js';
import { lenientText } from './lenient-fields.js';

/** Reads an instance as describeInstances and describeInstanceAttributes write it. */
export function instanceRow(regionId: string, readTime: TimeReader): z.ZodType<DatabaseInstance> {
  return z
    .object({
      instanceId: z.string().refine(isIdPart),
      instanceName: lenientText,
      engine: lenientText,
      engineVersion: lenientText,
      instanceStatus: lenientText,
      createTime: z.unknown().optional().transform(readTime),
    })
    .transform((row) => {
      const key = { regionId, instanceId: row.instanceId };
      return {
        ...key,
        id: formatInstanceId(key),
        name: row.instanceName,
        engine: engineFromUpstream(row.engine ?? ''),
        engineVersion: row.engineVersion,
        status: row.instanceStatus,
        createdAt: row.createTime,
      };
    });
}
