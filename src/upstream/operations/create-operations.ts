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

/** The operations that describe things, with the zone of the upstream's times settled. */
export interface DescribeOperations {
  readonly describeBackups: (request: BackupPageRequest) => ApiOperation<BackupPage>;
  readonly describeInstances: (request: InstancePageRequest) => ApiOperation<InstancePage>;
  readonly describeInstanceAttributes: (key: InstanceKey) => ApiOperation<DatabaseInstance>;
}

/** `timeZone` is the offset of upstream times without a zone, as `+08:00`. */
export function createOperations({ timeZone }: { timeZone: string }): DescribeOperations {
  const readTime = createTimeReader(timeZone);
  return {
    describeBackups: (request) => describeBackups(request, { readTime, timeZone }),
    describeInstances: (request) => describeInstances(request, readTime),
    describeInstanceAttributes: (key) => describeInstanceAttributes(key, readTime),
  };
}
