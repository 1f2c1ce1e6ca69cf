import { z } from 'zod';
import type { HttpResponse } from './http-transport.js';
import { parseHttpDate, parseRetryAfter } from '../domain/http-date.js';

/** The common part of an upstream response. */
export interface Reply {
  /** HTTP status; for an error inside a 200, the code of that error. */
  readonly status: number;
  readonly httpStatus: number;
  /** The raw `result`; undefined if absent. */
  readonly result: unknown;
  readonly requestId: string | undefined;
  /** The upstream's error status, for example `INVALID_ARGUMENT`. */
  readonly errorStatus: string | undefined;
  /** Error status and message. Can contain key IDs: search it, never return or log it. */
  readonly errorText: string;
  /** Whether the connection closed before the body was complete. */
  readonly cut: boolean;
  /** Seconds to wait, as requested by the upstream. */
  readonly retryAfter: number | undefined;
  /**
   * Milliseconds the upstream clock was ahead of the host clock on arrival; undefined if the
   * response does not say or was cached on the way.
   */
  readonly clockOffset: number | undefined;
  /** Bytes of memory that it takes. */
  readonly weight: number;
}

const text = z.string().optional().catch(undefined);

/** An ID rather than free text, since it is returned to the caller. */
const requestId = z
  .string()
  .regex(/^[\w-]{1,128}$/)
  .optional()
  .catch(undefined);

const envelope = z.object({
  requestId,
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.int().min(400).max(599).optional().catch(undefined),
      status: text,
      message: text,
    })
    .nullish()
    .catch({}),
});

/** HTTP codes of error statuses, for errors without a code. */
const CODE_OF_WORD: ReadonlyMap<string, number> = new Map([
  ['UNAUTHENTICATED', 401],
  ['ACCESS_ERROR', 401],
  ['HTTP_FORBIDDEN', 403],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['RATE_LIMIT', 429],
  ['HTTP_RATE_LIMIT_EXCEEDED', 429],
  ['QUOTA_EXCEEDED', 429],
  ['UNKNOWN', 500],
  ['INTERNAL', 500],
  ['HTTP_INTERNAL_SERVER_ERROR', 500],
  ['HTTP_BAD_GATEWAY', 502],
  ['UNAVAILABLE', 503],
  ['HTTP_SERVER_TIMING_OUT', 504],
]);

/**
 * Parses a response; never throws: unreadable parts are absent. `hostNow` is the time of arrival.
 */
export function toReply(response: HttpResponse, hostNow: number): Reply {
  const body = parseJson(response.body);
  const { result, error, requestId: ownRequestId } = envelope.safeParse(body).data ?? {};
  const date = parseHttpDate(response.headers['date']);
  return {
    status: response.status === 200 && error ? codeOf(error) : response.status,
    httpStatus: response.status,
    result,
    requestId: ownRequestId ?? requestId.parse(response.headers['x-jdcloud-request-id']),
    errorStatus: error?.status !== undefined && isWord(error.status) ? error.status : undefined,
    errorText: error ? `${error.status ?? ''} ${error.message ?? ''}` : '',
    cut: response.status === 200 && body === undefined && endsWithConnection(response),
    retryAfter: parseRetryAfter(response.headers['retry-after'], date ?? hostNow),
    clockOffset: date === undefined || isFromCache(response) ? undefined : date - hostNow,
    weight: response.weight,
  };
}

function codeOf({ code, status = '' }: { code?: number | undefined; status?: string | undefined }) {
  return code ?? CODE_OF_WORD.get(status) ?? 400;
}

/** Whether a status is a word of the API rather than free text, which could contain a key. */
function isWord(status: string): boolean {
  return /^[A-Za-z_.]{1,64}$/.test(status);
}

function endsWithConnection({ headers }: HttpResponse): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** RFC 9111, 5.1 (`Age`) and 5.5 (`Warning`); RFC 9211 (`Cache-Status`) and the like: `X-Cache: HIT`. */
function isFromCache({ headers }: HttpResponse): boolean {
  const { age = '0', warning } = headers;
  if (age !== '0' || warning !== undefined) return true;
  for (const name in headers) {
    if (name.includes('cache') && SAYS_CACHED.test(headers[name] ?? '')) return true;
  }
  return false;
}

const SAYS_CACHED = /(?:^|[^a-z])(?:hit|stale|revalidated)(?![a-z-])/i;

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
