import type { DatabaseInstance } from '../../domain/backup.js';
import type { InstanceKey } from '../../domain/ids.js';
import type { ApiOperation } from '../operation.js';
import { createTimeReader } from '../upstream-time.js';
import { describeBackups, type BackupPage, type BackupPageRequest } from './describe-backups.js';
import { describeInstanceAttributes } from './describe-instance-attributes.js';
import {
  describeInstances,
  type InstancePage,
  type InstancePageRequest,
} from './describe-instances.js';

/** The describe operations, bound to the time zone of the upstream. */
export interface DescribeOperations {
  readonly describeBackups: (request: BackupPageRequest) => ApiOperation<BackupPage>;
  readonly describeInstances: (request: InstancePageRequest) => ApiOperation<InstancePage>;
  readonly describeInstanceAttributes: (key: InstanceKey) => ApiOperation<DatabaseInstance>;
}

/**
 * @param options.timeZone UTC offset of upstream times without a time zone, for example `+08:00`
 */
export function createOperations({ timeZone }: { timeZone: string }): DescribeOperations {
  const readTime = createTimeReader(timeZone);
  return {
    describeBackups: (request) => describeBackups(request, { readTime, timeZone }),
    describeInstances: (request) => describeInstances(request, readTime),
    describeInstanceAttributes: (key) => describeInstanceAttributes(key, readTime),
  };
}
