import type { DatabaseInstance } from '../../domain/backup.js';
import { engineFromUpstream } from '../../domain/engines.js';
import { formatInstanceId, isIdPart } from '../../domain/ids.js';
import { lenientText, lenientTime } from './lenient-fields.js';
import type { RowReading, UpstreamRow } from './page.js';

type Field =
  'instanceId' | 'instanceName' | 'engine' | 'engineVersion' | 'instanceStatus' | 'createTime';

/** Parses an instance of describeInstances or describeInstanceAttributes; null without an ID. */
export function readInstanceRow(
  row: UpstreamRow<Field>,
  regionId: string,
  reading: RowReading,
): DatabaseInstance | null {
  const { instanceId } = row;
  if (typeof instanceId !== 'string' || !isIdPart(instanceId)) {
    return reading.unreadable.addRow('instanceId is missing or invalid');
  }
  const key = { regionId, instanceId };
  return {
    ...key,
    id: formatInstanceId(key),
    name: lenientText(row.instanceName),
    engine: engineFromUpstream(lenientText(row.engine) ?? ''),
    engineVersion: lenientText(row.engineVersion),
    status: lenientText(row.instanceStatus),
    createdAt: lenientTime(row.createTime, 'createTime', reading),
  };
}
