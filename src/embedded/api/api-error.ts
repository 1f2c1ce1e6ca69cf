/**
 * An error response of the API: HTTP status, status name and a message that says what is wrong and
 * what is allowed. The message reaches the client, so it contains no local paths or secrets.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly httpStatus: number,
    readonly status: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function invalidArgument(message: string): ApiError {
  return new ApiError(400, 'INVALID_ARGUMENT', message);
}

export function notFound(message: string): ApiError {
  return new ApiError(404, 'NOT_FOUND', message);
}

export function methodNotAllowed(allowed: string): ApiError {
  return new ApiError(405, 'HTTP_METHOD_NOT_ALLOWED', `Method not allowed; use ${allowed}.`, {
    Allow: allowed,
  });
}
