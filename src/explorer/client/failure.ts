import type { ErrorCode } from '../../domain/errors.js';

/** Failures detected by the page itself, in addition to the codes of the service. */
export type PageFailureCode =
  | 'UNREACHABLE'
  | 'NO_ANSWER'
  | 'NO_LINK'
  | 'NOT_LOCAL'
  | 'OPERATION_REFUSED'
  | 'SERVICE_FAULT'
  | 'OTHER';

export type FailureCode = ErrorCode | PageFailureCode;

/** One error of an answer, in the form the page shows. */
export interface Failure {
  readonly code: FailureCode;
  /** In the words of the service; for people who look into it. */
  readonly detail: string;
  /** Of the upstream, for a support ticket. */
  readonly requestId: string | null;
  /** Seconds to wait before asking again. */
  readonly retryAfter: number | null;
}

/** A failure detected by the page itself. */
export function pageFailure(code: PageFailureCode, detail = ''): Failure {
  return { code, detail, requestId: null, retryAfter: null };
}

/** Reads one member of `errors`. */
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

/** How a code of an answer is shown. The compiler asks for a line for each code of the service. */
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

/** Codes of the GraphQL server and its gateways that mean the same to a person. */
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
