import { z } from 'zod';
import type { Backup } from '../../domain/backup.js';
import { engineFromUpstream } from '../../domain/engines.js';
import { formatBackupId, isIdPart, type InstanceKey } from '../../domain/ids.js';
import type { TimeReader } from '../upstream-time.js';
import { lenientFileNames, lenientSize, lenientText, lenientWord } from './lenient-fields.js';

const STATUSES = {
  completed: 'COMPLETED',
  error: 'ERROR',
  building: 'BUILDING',
  deleting: 'DELETING',
  delete_error: 'DELETE_ERROR',
  retained: 'RETAINED',
} as const;

/** Older versions of the upstream API say `Automated`. */
const MODES = { auto: 'AUTO', automated: 'AUTO', manual: 'MANUAL' } as const;
const TYPES = { full: 'FULL', diff: 'INCREMENTAL' } as const;
const UNITS = { instance: 'INSTANCE', database: 'DATABASE' } as const;

/** Reads one row of describeBackups about the instance that was asked for. */
export function backupRow(
  { regionId, instanceId }: InstanceKey,
  readTime: TimeReader,
): z.ZodType<Backup> {
  const time = z.unknown().optional().transform(readTime);
  return z
    .object({
      backupId: z.string().refine(isIdPart),
      instanceId: lenientText.refine((id) => id === null || id === instanceId),
      backupName: lenientText,
      engine: lenientText,
      backupStatus: lenientWord(STATUSES),
      backupMode: lenientWord(MODES),
      backupType: lenientWord(TYPES),
      backupUnit: lenientWord(UNITS),
      backupStartTime: time,
      backupEndTime: time,
      backupSizeByte: lenientSize,
      backupFiles: lenientFileNames,
    })
    .transform((row) => {
      const key = { regionId, instanceId, backupId: row.backupId };
      const engine = engineFromUpstream(row.engine ?? '');
      return {
        ...key,
        id: formatBackupId(key),
        name: row.backupName,
        engine,
        status: row.backupStatus,
        mode: row.backupMode,
        type: row.backupType,
        unit: row.backupUnit,
        startedAt: row.backupStartTime,
        endedAt: row.backupEndTime,
        sizeBytes: row.backupSizeByte,
        files: engine === null || engine === 'SQL_SERVER' ? row.backupFiles : [],
      };
    });
}
