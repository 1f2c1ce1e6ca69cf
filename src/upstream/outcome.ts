import type { Credentials } from '../config/config.js';
import type { ErrorCode } from '../domain/errors.js';
import type { NoResponse } from './http-transport.js';
import type { Reply } from './reply.js';
import { TOO_MUCH_TO_HOLD } from './reply-memory.js';

/** The outcome of an attempt. */
export type AttemptOutcome =
  | AnsweredAttempt
  | Exclude<NoResponse, { kind: 'timed-out' }>
  | {
      readonly kind: 'timed-out';
      /**
       * The call's deadline passed before half of the attempt's own timeout: this says little about
       * the upstream.
       */
      readonly cutShort: boolean;
    };

export interface AnsweredAttempt {
  readonly kind: 'answered';
  readonly reply: Reply;
  /** The signing credentials. */
  readonly credentials: Credentials;
  /** When it was sent, by the upstream's clock; epoch milliseconds. */
  readonly sentAt: number;
  /** When it was answered, by its Date header or else the upstream's clock; epoch milliseconds. */
  readonly answeredAt: number;
}

/** What the end of an attempt means to each policy, and to the caller if it is the last. */
export interface Verdict {
  /** `held`: once an attempt of the operation shows that the throttling is over. */
  readonly retry: 'never' | 'backoff' | 'held';
  /** Whether the upstream works for the operation; null if it does not tell. */
  readonly works: boolean | null;
  /** What it tells the limit of concurrent calls; null for nothing. */
  readonly limit: 'success' | 'throttled' | 'timeout' | 'reset' | null;
  /** What may have been wrong with the request, which is then repeated at once, one time each. */
  readonly suspect: 'socket' | 'clock' | 'clock or credentials' | null;
  /** The error of the call; null for a success. */
  readonly code: ErrorCode | null;
  readonly message: string;
}

export const UNREADABLE = 'The upstream returned an unreadable response; contact the operator.';
const REDIRECT = 'The upstream returned an unexpected redirect; contact the operator.';
const REJECTED = 'The upstream rejected the request; contact the operator.';
const NO_AUTH = 'The upstream rejected the credentials of this service; contact the operator.';
export const NO_BACKUP = 'Backup not found in the upstream.';
const NO_FILE = 'The file is no longer there: list the files of the backup again.';
const UNREACHABLE = 'The upstream is unreachable; retry later.';
const FAILED = 'The upstream failed; retry later.';
const THROTTLED = 'The upstream is throttling requests; retry later.';
export const LATE = 'The upstream did not respond in time; retry later.';

type Row = readonly [
  Verdict['retry'],
  Verdict['works'],
  Verdict['limit'],
  Verdict['suspect'],
  Verdict['code'],
  string,
];

/** One row for each end of an attempt. */
const ROWS = {
  success: ['never', true, 'success', null, null, ''],
  /** A 200 whose connection closed in the middle of the body. */
  cut: ['backoff', true, null, null, 'UPSTREAM_BAD_RESPONSE', UNREADABLE],
  redirected: ['never', true, null, null, 'UPSTREAM_BAD_RESPONSE', REDIRECT],
  rejected: ['never', true, null, 'clock', 'UPSTREAM_BAD_RESPONSE', REJECTED],
  unauthorized: ['never', true, null, 'clock or credentials', 'UPSTREAM_AUTH', NO_AUTH],
  'not found': ['never', true, null, null, 'BACKUP_NOT_FOUND', NO_BACKUP],
  'file not found': ['never', true, null, null, 'FILE_NOT_IN_BACKUP', NO_FILE],
  throttled: ['held', true, 'throttled', null, 'UPSTREAM_THROTTLED', THROTTLED],
  /** With a Retry-After. */
  'throttled for a time': ['backoff', true, 'throttled', null, 'UPSTREAM_THROTTLED', THROTTLED],
  /** A 503, which can mean either: held like throttling, counted as failing. */
  busy: ['held', false, 'throttled', null, 'UPSTREAM_UNAVAILABLE', FAILED],
  /** The embedded upstream works, and lists what it knows; its object storage does not. */
  'store unavailable': ['held', true, 'throttled', null, 'UPSTREAM_UNAVAILABLE', FAILED],
  failed: ['backoff', false, null, null, 'UPSTREAM_UNAVAILABLE', FAILED],
  'failed for good': ['never', false, null, null, 'UPSTREAM_UNAVAILABLE', FAILED],
  'gateway timeout': ['backoff', false, 'timeout', null, 'UPSTREAM_UNAVAILABLE', FAILED],
  'timed out': ['backoff', false, 'timeout', null, 'UPSTREAM_TIMEOUT', LATE],
  'cut short': ['backoff', null, null, null, 'UPSTREAM_TIMEOUT', LATE],
  unreachable: ['backoff', false, null, null, 'UPSTREAM_UNAVAILABLE', UNREACHABLE],
  'connect timeout': ['backoff', false, 'timeout', null, 'UPSTREAM_UNAVAILABLE', UNREACHABLE],
  reset: ['backoff', false, 'reset', null, 'UPSTREAM_UNAVAILABLE', UNREACHABLE],
  /** The peer had closed the pooled connection while it was idle. */
  'idle socket': ['backoff', null, null, 'socket', 'UPSTREAM_UNAVAILABLE', UNREACHABLE],
  oversized: ['never', true, null, null, 'UPSTREAM_BAD_RESPONSE', UNREADABLE],
  unheld: ['never', null, null, null, 'UPSTREAM_UNAVAILABLE', TOO_MUCH_TO_HOLD],
} as const satisfies Record<string, Row>;

/** How an attempt can end. */
export type End = keyof typeof ROWS;

export const VERDICTS = Object.fromEntries(
  Object.entries(ROWS).map(([end, [retry, works, limit, suspect, code, message]]) => [
    end,
    { retry, works, limit, suspect, code, message },
  ]),
) as Readonly<Record<End, Verdict>>;

/** What the outcome of an attempt means. */
export function judge(outcome: AttemptOutcome): Verdict {
  return VERDICTS[endOf(outcome)];
}

export function endOf(outcome: AttemptOutcome): End {
  switch (outcome.kind) {
    case 'answered':
      return endOfReply(outcome.reply);
    case 'timed-out':
      return outcome.cutShort ? 'cut short' : 'timed out';
    case 'broken':
      return outcome.onIdleSocket ? 'idle socket' : (OF_CODE.get(outcome.code) ?? 'unreachable');
    case 'oversized':
    case 'unheld':
      return outcome.kind;
  }
}

const OF_CODE: ReadonlyMap<string, End> = new Map([
  ['ETIMEDOUT', 'connect timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
]);

function endOfReply(reply: Reply): End {
  const { status, retryAfter, errorStatus } = reply;
  if (status < 300) return reply.cut ? 'cut' : 'success';
  if (status < 400) return 'redirected';
  if (status >= 500) {
    if (status !== 503) return OF_STATUS.get(status) ?? 'failed for good';
    if (retryAfter !== undefined) return 'throttled for a time';
    return errorStatus === 'STORE_UNAVAILABLE' ? 'store unavailable' : 'busy';
  }
  if (status === 429) return retryAfter === undefined ? 'throttled' : 'throttled for a time';
  if (status === 401 || status === 403) return 'unauthorized';
  if (errorStatus === 'FILE_NOT_FOUND') return 'file not found';
  return isNotFound(reply) ? 'not found' : 'rejected';
}

const OF_STATUS: ReadonlyMap<number, End> = new Map([
  [500, 'failed'],
  [502, 'failed'],
  [504, 'gateway timeout'],
]);

function isNotFound({ status, httpStatus, errorStatus = '' }: Reply): boolean {
  return [status, httpStatus].some(isNotFoundStatus) || /NOT_?FOUND/i.test(errorStatus);
}

/** 405 is that of gateways that know the path for other methods only. */
export function isNotFoundStatus(status: number): boolean {
  return status === 404 || status === 405;
}
