import type { ErrorCode } from '../../domain/errors.js';

/** Reasons for a missing answer that the page detects itself, beside the service's error codes. */
export type PageFailureCode =
  | 'UNREACHABLE'
  | 'NO_ANSWER'
  | 'NO_LINK'
  | 'NOT_LOCAL'
  | 'OPERATION_REFUSED'
  | 'SERVICE_FAULT'
  | 'OTHER';

export type FailureCode = ErrorCode | PageFailureCode;

/** One error of a response, as the page shows it. */
export interface Failure {
  readonly code: FailureCode;
  /** The service's own message, for troubleshooting. */
  readonly detail: string;
  /** Request id of the upstream, for a support ticket. */
  readonly requestId: string | null;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | null;
}

/** A failure the page detected itself. */
export function pageFailure(code: PageFailureCode, detail = ''): Failure {
  return { code, detail, requestId: null, retryAfter: null };
}

/** Parses one member of `errors`. */
export function toFailure(error: unknown): Failure {
  const { message, extensions } = asRecord(error);
  const { code, requestId, retryAfter } = asRecord(extensions);
  return {
    code: toCode(code),
    detail: [code, message].filter((part) => typeof part === 'string').join(': '),
    requestId: typeof requestId === 'string' ? requestId : null,
    retryAfter: typeof retryAfter === 'number' && retryAfter > 0 ? Math.ceil(retryAfter) : null,
  };
}

/** Maps the service's codes to those the page shows. The compiler requires a line per code. */
const CODES: Readonly<Record<ErrorCode, true>> = {
  FILE_NAME_REQUIRED: true,
  FILE_NAME_NOT_SUPPORTED: true,
  FILE_NOT_IN_BACKUP: true,
  EXPIRES_IN_NOT_SUPPORTED: true,
  EXPIRES_IN_OUT_OF_RANGE: true,
  INVALID_ID: true,
  BACKUP_NOT_FOUND: true,
  ENGINE_UNSUPPORTED: true,
  ENGINE_UNKNOWN: true,
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  TOO_MANY_LINKS: true,
  QUERY_TOO_COMPLEX: true,
  BAD_USER_INPUT: true,
  UPSTREAM_THROTTLED: true,
  UPSTREAM_TIMEOUT: true,
  UPSTREAM_UNAVAILABLE: true,
  UPSTREAM_BAD_RESPONSE: true,
  UPSTREAM_AUTH: true,
};

/** Codes of GraphQL servers and gateways with the same meaning. */
const OTHER_NAMES: ReadonlyMap<string, PageFailureCode> = new Map([
  ['INTERNAL_SERVER_ERROR', 'SERVICE_FAULT'],
  ['PERSISTED_QUERY_NOT_IN_LIST', 'OPERATION_REFUSED'],
  ['QUERY_NOT_IN_SAFELIST', 'OPERATION_REFUSED'],
]);

function toCode(code: unknown): FailureCode {
  if (typeof code !== 'string') return 'OTHER';
  return Object.hasOwn(CODES, code) ? (code as ErrorCode) : (OTHER_NAMES.get(code) ?? 'OTHER');
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
