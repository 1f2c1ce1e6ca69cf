import type { HttpResponse } from './http-transport.js';
import { parseHttpDate, parseRetryAfter } from '../domain/http-date.js';

/** The common part of an upstream response. */
export interface Reply {
  /** HTTP status; if the body holds an error, that of the error. */
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

/**
 * Parses a response; never throws: unreadable parts are absent. By plain functions: a schema takes
 * ten times as long, and a page has fifty links. `hostNow` is the time of arrival.
 */
export function toReply(response: Omit<HttpResponse, 'kind'>, hostNow: number): Reply {
  const { status: httpStatus, headers, weight } = response;
  const body = parseJson(response.body);
  const members: Members = isObject(body) ? body : {};
  const error = errorOf(members);
  const date = parseHttpDate(first(headers['date']));
  return {
    status: error ? statusOf(error, httpStatus) : httpStatus,
    httpStatus,
    result: members.result,
    requestId:
      requestIdOf(members.requestId) ?? requestIdOf(first(headers['x-jdcloud-request-id'])),
    errorStatus: error && API_WORD.test(error.word) ? error.word : undefined,
    errorText: error ? `${error.word} ${error.message}` : '',
    cut: httpStatus === 200 && body === undefined && endsWithConnection(response),
    retryAfter: parseRetryAfter(first(headers['retry-after']), date ?? hostNow),
    clockOffset: date === undefined || isFromCache(response) ? undefined : date - hostNow,
    weight,
  };
}

type Members = Readonly<
  Partial<Record<'requestId' | 'result' | 'error' | 'code' | 'status' | 'message', unknown>>
>;

interface ReplyError {
  /** An HTTP status of errors, if it has one. */
  readonly code: number | undefined;
  /** Its `status`, a word of the API or free text; or empty. */
  readonly word: string;
  readonly message: string;
}

/**
 * The error of a body, whatever its HTTP status. Gateways leave an empty one, or one with code 0,
 * beside a result, and some write its members into the body itself.
 */
function errorOf(body: Members): ReplyError | undefined {
  const given = body.error ?? (body.result === undefined ? body : undefined);
  if (typeof given === 'string' && given !== '') return { code: 400, word: given, message: '' };
  if (!isObject(given)) return undefined;
  const { code: rawCode, status, message }: Members = given;
  const number = typeof rawCode === 'string' ? Number.parseInt(rawCode, 10) : rawCode;
  const word = textOf(status) || (Number.isNaN(number) ? textOf(rawCode) : '');
  const error = { code: isErrorCode(number) ? number : undefined, word, message: textOf(message) };
  const isSuccess = typeof number === 'number' && number < 300;
  const isEmpty = error.code === undefined && word === '' && error.message === '';
  return isSuccess || isEmpty ? undefined : error;
}

/** The same for the same error, whatever the HTTP status of the response. */
function statusOf({ code, word }: ReplyError, httpStatus: number): number {
  if (httpStatus === 429 || SAYS_THROTTLED.test(word)) return 429;
  return code ?? CODE_OF_WORD.get(word) ?? (httpStatus < 400 ? 400 : httpStatus);
}

/** Words of this API, and of others behind gateways: `Throttling.User`, `TooManyRequests`. */
const SAYS_THROTTLED =
  /throttl|rate_?limit|quota_?exceeded|too_?many_?requests|request_?limit_?exceeded|resource_?exhausted|flow_?control/i;

/** HTTP codes of error statuses, for errors without a code. */
const CODE_OF_WORD: ReadonlyMap<string, number> = new Map([
  ['UNAUTHENTICATED', 401],
  ['ACCESS_ERROR', 401],
  ['HTTP_FORBIDDEN', 403],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['UNKNOWN', 500],
  ['INTERNAL', 500],
  ['HTTP_INTERNAL_SERVER_ERROR', 500],
  ['HTTP_BAD_GATEWAY', 502],
  ['UNAVAILABLE', 503],
  ['HTTP_SERVER_TIMING_OUT', 504],
]);

/** A word of the API rather than free text, which could contain a key. */
const API_WORD = /^[A-Za-z_.]{1,64}$/;

function isErrorCode(code: unknown): code is number {
  return Number.isInteger(code) && (code as number) >= 400 && (code as number) < 600;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}

/** Longer than any real message; bounds the expressions that search it. */
const MAX_TEXT = 2048;

/** An ID rather than free text, since it is returned to the caller. */
function requestIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,128}$/.test(value) ? value : undefined;
}

/** The first value of a repeated header counts. */
function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function endsWithConnection({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** RFC 9111, 5.1 (`Age`) and 5.5 (`Warning`); RFC 9211 (`Cache-Status`) and the like: `X-Cache: HIT`. */
function isFromCache({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  const { age = '0', warning } = headers;
  if (first(age) !== '0' || warning !== undefined) return true;
  for (const name in headers) {
    if (name.includes('cache') && SAYS_CACHED.test(first(headers[name]) ?? '')) return true;
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
