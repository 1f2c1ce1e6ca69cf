import { z } from 'zod';
import type { UnsignedRequest } from './sign.js';

/** Operations of the upstream API, by their documented names. */
export type ApiOperationName =
  | 'describeBackupDownloadURL'
  | 'describeBackups'
  | 'describeInstances'
  | 'describeInstanceAttributes'
  | 'describeRegions';

/** An upstream API call: its request and how its `result` is parsed. All are GET requests. */
export interface ApiOperation<Result> extends UnsignedRequest {
  readonly name: ApiOperationName;
  /**
   * Parses `result`; throws a ZodError if it is not as documented. Unreadable parts, such as rows
   * of a list, are skipped and passed to `report`.
   */
  parse(result: unknown, report?: (unreadable: Unreadable) => void): Result;
}

/** The skipped parts of a response. */
export interface Unreadable {
  readonly rows: number;
  /** Values of other rows. */
  readonly values: number;
  /** Of the first one; names fields of the upstream API but no values. */
  readonly reason: string | undefined;
}

/** The error for a result that is not as documented there. */
export function unexpected(...path: string[]): z.ZodError {
  return new z.ZodError([{ code: 'custom', path, message: 'unexpected' }]);
}
