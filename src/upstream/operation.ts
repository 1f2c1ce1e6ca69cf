import type { ReportUnreadable } from './operations/unreadable.js';
import type { QueryParameter } from './sign/encode.js';

/** The operations of the upstream API, by the names its documentation uses. */
export type ApiOperationName =
  | 'describeBackupDownloadURL'
  | 'describeBackups'
  | 'describeInstances'
  | 'describeInstanceAttributes'
  | 'describeRegions';

/** One call of the upstream API: what is sent, and how its `result` is read. All are GET requests. */
export interface ApiOperation<Result> {
  readonly name: ApiOperationName;
  readonly regionId: string;
  /** Decoded path segments. */
  readonly path: readonly string[];
  /** Decoded query parameters. */
  readonly query: readonly QueryParameter[];
  /**
   * Reads `result`; throws a ZodError where it has another shape than documented. What is only a part of it,
   * as a row of a list, is left out where it cannot be read; `report` is told.
   */
  parse(result: unknown, report?: ReportUnreadable): Result;
}
