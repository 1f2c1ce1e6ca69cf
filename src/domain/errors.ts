/** Values of `extensions.code`; part of the public contract. */
export const ERROR_CODES = [
  'FILE_NAME_REQUIRED',
  'FILE_NAME_NOT_SUPPORTED',
  'FILE_NOT_IN_BACKUP',
  'EXPIRES_IN_NOT_SUPPORTED',
  'EXPIRES_IN_OUT_OF_RANGE',
  'INVALID_ID',
  'BACKUP_NOT_FOUND',
  'ENGINE_UNSUPPORTED',
  'ENGINE_UNKNOWN',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_MANY_LINKS',
  'QUERY_TOO_COMPLEX',
  'BAD_USER_INPUT',
  'UPSTREAM_THROTTLED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_BAD_RESPONSE',
  'UPSTREAM_AUTH',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Additional `extensions` of an error. */
export interface ErrorDetails {
  readonly availableFiles?: readonly string[];
  /** Seconds to wait before retrying. */
  readonly retryAfter?: number;
  /** The upstream request ID, for support tickets. */
  readonly requestId?: string;
}

export interface PublicErrorOptions {
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * An error whose message, code and details are returned to the caller; all other errors are masked.
 * `cause` is logged and never leaves the process.
 */
export class PublicError extends Error {
  override readonly name: string = 'PublicError';
  readonly details: ErrorDetails;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { details = {}, cause }: PublicErrorOptions = {},
  ) {
    super(message, { cause });
    this.details = details;
  }
}

/** The arguments violate the rules of the engine or of IDs. */
export class ArgumentError extends PublicError {
  override readonly name = 'ArgumentError';
}

/** The upstream failed or rejected the call. */
export class UpstreamError extends PublicError {
  override readonly name = 'UpstreamError';
}
