import { z } from 'zod';
import type { HttpResponse } from './http-transport.js';
import { parseHttpDate, parseRetryAfter } from './http-date.js';

/** An answer of the upstream, read as far as all operations have it in common. */
export interface Reply {
  /** HTTP status; for an error inside a 200, the code of that error. */
  readonly status: number;
  readonly httpStatus: number;
  /** `result` as it came; undefined where there is none. */
  readonly result: unknown;
  readonly requestId: string | undefined;
  /** The upstream's word for the error, as `INVALID_ARGUMENT`. */
  readonly errorStatus: string | undefined;
  /** Status word and message. May hold key ids: to be searched, never to be shown or logged. */
  readonly errorText: string;
  /** The body ended with the connection, before it was complete. */
  readonly cut: boolean;
  /** Seconds the upstream asks to wait. */
  readonly retryAfter: number | undefined;
  /**
   * Milliseconds the upstream's clock was ahead of the host's when the answer came; undefined where the
   * answer does not tell, or was kept in a cache on the way.
   */
  readonly clockOffset: number | undefined;
}

const text = z.string().optional().catch(undefined);

/** An id and no free text, since it is shown to the caller. */
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

/** Codes of the status words, for an error that comes without a code of its own. */
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

/** Reads an answer; never throws: what cannot be read is absent. `hostNow` is when it came. */
export function toReply(response: HttpResponse, hostNow: number): Reply {
  const body = parseJson(response.body);
  const { result, error, requestId: told } = envelope.safeParse(body).data ?? {};
  const date = parseHttpDate(response.headers['date']);
  return {
    status: response.status === 200 && error ? codeOf(error) : response.status,
    httpStatus: response.status,
    result,
    requestId: told ?? requestId.parse(response.headers['x-jdcloud-request-id']),
    errorStatus: error?.status !== undefined && isWord(error.status) ? error.status : undefined,
    errorText: error ? `${error.status ?? ''} ${error.message ?? ''}` : '',
    cut: response.status === 200 && body === undefined && endsWithConnection(response),
    retryAfter: parseRetryAfter(response.headers['retry-after'], date ?? hostNow),
    clockOffset: date === undefined || isFromCache(response) ? undefined : date - hostNow,
  };
}

function codeOf({ code, status = '' }: { code?: number | undefined; status?: string | undefined }) {
  return code ?? CODE_OF_WORD.get(status) ?? 400;
}

/** A word of the upstream's vocabulary, and no free text that may hold a key. */
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
