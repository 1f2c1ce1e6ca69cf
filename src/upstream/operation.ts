import type { StopSignal } from '../domain/stop-signal.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { Deadline } from './policy/deadline.js';
import type { ReportUnreadable } from './operations/unreadable.js';
import type { BreakerState } from './policy/breaker.js';
import type { QueryParameter } from './sign/encode.js';

/** The operations of the upstream API, by the names its documentation uses. */
export type OperationName =
  | 'describeBackupDownloadURL'
  | 'describeBackups'
  | 'describeInstances'
  | 'describeInstanceAttributes'
  | 'describeRegions';

/** One call of the upstream API: what is sent, and how its `result` is read. All are GET requests. */
export interface Operation<Result> {
  readonly name: OperationName;
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

/** What an operation brought. */
export interface Answer<Result> {
  readonly result: Result;
  readonly requestId: string | undefined;
  /** When the answered attempt was sent, by the upstream's clock. */
  readonly sentAt: Date;
  /** When it was answered, as the answer says, else by the upstream's clock as far as it is known. */
  readonly answeredAt: Date;
  /** When the credential that signed it dies, where that is known. */
  readonly credentialExpiresAt?: Date | undefined;
}

export interface SendOptions {
  /** Aborting drops the operation where it has not been sent yet, and its waits. */
  readonly signal?: StopSignal;
  /** That of a call the operation is a part of, in place of one of its own; it follows `signal` already. */
  readonly deadline?: Deadline;
  /** Whose turn it takes; absent: that of all who do not say. */
  readonly callerId?: string;
  /** The HTTP request it is made for. */
  readonly scope?: RequestScope | undefined;
}

/**
 * Sends operations. Fails with UpstreamError only: UPSTREAM_THROTTLED, UPSTREAM_TIMEOUT,
 * UPSTREAM_UNAVAILABLE, UPSTREAM_BAD_RESPONSE, UPSTREAM_AUTH, or its subclass NotFoundError.
 */
export interface UpstreamClient {
  send<Result>(operation: Operation<Result>, options?: SendOptions): Promise<Answer<Result>>;
  status(): UpstreamStatus;
  /** The upstream's time, as far as it is known: that of the host, corrected. Epoch milliseconds. */
  now(): number;
  /** Closes idle connections and waits for calls in flight. */
  close(): Promise<void>;
}

/** How the client stands with the upstream at this moment. */
export interface UpstreamStatus {
  /** Attempts that wait for their turn. */
  readonly queued: number;
  /** Attempts under way. */
  readonly inFlight: number;
  readonly breaker: BreakerState;
}
