import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import { ApiError } from './api-error.js';

/** Answers an operation: 200 and `{"requestId", "result"}`. */
export function respondWithResult(response: ServerResponse, result: object): void {
  respondWithJson(response, 200, { requestId: randomUUID(), result });
}

/**
 * Answers a refusal in the error form of the API. Anything but an ApiError is logged and answered as
 * 500 without its message, which may name paths of this machine. Once the answer has begun, it can
 * only be cut off.
 */
export function respondToFailure(response: ServerResponse, error: unknown, logger: Logger): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    if (!(error instanceof ClientGoneError))
      logger.warn({ error: describeError(error) }, 'an answer was cut off');
    return;
  }
  if (!(error instanceof ApiError))
    logger.error({ error: describeError(error) }, 'the embedded upstream failed');
  respondToRefusal(
    response,
    error instanceof ApiError ? error : new ApiError(500, 'INTERNAL', 'The server failed.'),
  );
}

/** Answers a refusal. */
export function respondToRefusal(response: ServerResponse, refusal: ApiError): void {
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  respondWithJson(response, refusal.httpStatus, errorBody(refusal));
}

/** The error form of the API. */
export function errorBody({ httpStatus, status, message }: ApiError) {
  const error = { code: httpStatus, status, message, details: [] };
  return { requestId: randomUUID(), error };
}

function respondWithJson(
  response: ServerResponse,
  status: number,
  body: { readonly requestId: string; readonly result?: object; readonly error?: object },
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'x-jdcloud-request-id': body.requestId,
  });
  response.end(text);
}

/** The other side closed its connection before it had the whole answer: no fault of anybody here. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  /** @param unwritten bytes that were being written, of which some may have gone out */
  constructor(
    readonly unwritten: number,
    options?: ErrorOptions,
  ) {
    super(undefined, options);
  }
}
