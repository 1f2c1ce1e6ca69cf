import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import { ApiError } from './api-error.js';

/** Responds with 200 and `{"requestId", "result"}`. */
export function respondWithResult(response: ServerResponse, result: object): void {
  respondWithJson(response, 200, { requestId: randomUUID(), result });
}

/**
 * Responds with an error in the API's format. Anything but an ApiError is logged and becomes a 500
 * without its message, which could contain local paths. A response that has started is aborted.
 */
export function respondToFailure(response: ServerResponse, error: unknown, logger: Logger): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    if (!(error instanceof ClientGoneError))
      logger.warn({ error: describeError(error) }, 'response aborted');
    return;
  }
  if (!(error instanceof ApiError))
    logger.error({ error: describeError(error) }, 'embedded upstream failed');
  respondToRefusal(
    response,
    error instanceof ApiError ? error : new ApiError(500, 'INTERNAL', 'Internal server error.'),
  );
}

/** Responds with an ApiError. */
export function respondToRefusal(response: ServerResponse, refusal: ApiError): void {
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  respondWithJson(response, refusal.httpStatus, errorBody(refusal));
}

/** The API's error format. */
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

/** The client disconnected before receiving the whole response; not a server fault. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}
