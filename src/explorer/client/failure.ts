import { ERROR_CODES, type ErrorCode } from '../../domain/errors.js';

/** Reasons for a missing answer that the page detects itself, besides the service's error codes. */
export type PageFailureCode =
  'UNREACHABLE' | 'NO_ANSWER' | 'NOT_LOCAL' | 'OPERATION_REFUSED' | 'SERVICE_FAULT' | 'OTHER';

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

/** Codes of GraphQL servers and gateways with the same meaning. */
const OTHER_NAMES: ReadonlyMap<unknown, PageFailureCode> = new Map([
  ['INTERNAL_SERVER_ERROR', 'SERVICE_FAULT'],
  ['PERSISTED_QUERY_NOT_IN_LIST', 'OPERATION_REFUSED'],
  ['QUERY_NOT_IN_SAFELIST', 'OPERATION_REFUSED'],
]);

function toCode(code: unknown): FailureCode {
  const own = ERROR_CODES.find((one) => one === code);
  return own ?? OTHER_NAMES.get(code) ?? 'OTHER';
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
