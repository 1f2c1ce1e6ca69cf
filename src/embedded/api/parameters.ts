import type { QueryParameter } from '../../upstream/sign.js';
import { invalidArgument } from './api-error.js';

/** The target of a request line, decoded once. */
export interface Target {
  /** An encoded `/` does not split a segment; dot segments are kept. */
  readonly path: readonly string[];
  /** In wire order; `+` is a plus sign. Names are unique. */
  readonly query: readonly QueryParameter[];
}

/**
 * Parses the raw request target. The URL class is unsuitable: it resolves dot segments, and the
 * signature covers the raw form.
 * @throws ApiError 400 unless it has valid percent-encoding and unique names
 */
export function parseTarget(raw: string): Target {
  const mark = raw.indexOf('?');
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const pairs = mark < 0 ? [] : raw.slice(mark + 1).split('&');
  const query = pairs.filter((pair) => pair !== '').map(toParameter);
  if (new Set(query.map(([name]) => name)).size < query.length) {
    throw invalidArgument('Duplicate query parameter; send each parameter once.');
  }
  return { path: path.slice(1).split('/').map(decode), query };
}

function toParameter(pair: string): QueryParameter {
  const equals = pair.indexOf('=');
  return equals < 0
    ? [decode(pair), '']
    : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badEncoding();
  }
}

export function badEncoding() {
  return invalidArgument('The request target is not percent-encoded UTF-8.');
}

/** Decoded, unique query parameters of an operation. */
export type Parameters = ReadonlyMap<string, string>;

/** @throws ApiError 400 if the parameter is missing or empty */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw invalidArgument(`${name} is required.`);
  return value;
}

/** @throws ApiError 400 unless the value is in `allowed` */
export function oneOf<Value extends string>(
  parameters: Parameters,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalidArgument(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

/**
 * A time without a time zone: `2020-01-07 15:14:07` or `2020-01-07T15:14:07`. @throws ApiError 400
 */
export function zonelessTime(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value !== undefined && !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$/.test(value)) {
    throw invalidArgument(`${name} must have the form YYYY-MM-DD HH:mm:ss.`);
  }
  return value;
}

export interface Page {
  /** 1-based; -1 for all items. */
  readonly pageNumber: number;
  readonly pageSize: number;
}

const MIN_SIZE = 10;
const MAX_SIZE = 100;

/** The page for describeBackups: both are required, sizes are multiples of 10. @throws ApiError 400 */
export function requiredPage(parameters: Parameters): Page {
  const pageNumber = toPageNumber(required(parameters, 'pageNumber'));
  const pageSize = toPageSize(required(parameters, 'pageSize'));
  if (pageSize % 10 !== 0) throw invalidArgument('pageSize must be a multiple of 10.');
  return { pageNumber, pageSize };
}

/** The page for describeInstances: by default the first 100. @throws ApiError 400 */
export function optionalPage(parameters: Parameters): Page {
  return {
    pageNumber: toPageNumber(parameters.get('pageNumber') ?? '1'),
    pageSize: toPageSize(parameters.get('pageSize') ?? String(MAX_SIZE)),
  };
}

/** The rows of a page. A page past the end repeats the last one, as the API documents. */
export function rowsOf<Row>(rows: readonly Row[], { pageNumber, pageSize }: Page): readonly Row[] {
  if (pageNumber === -1) return rows;
  const lastPage = Math.max(1, Math.ceil(rows.length / pageSize));
  const start = (Math.min(pageNumber, lastPage) - 1) * pageSize;
  return rows.slice(start, start + pageSize);
}

function toPageNumber(text: string): number {
  if (!/^(?:-1|[1-9]\d{0,8})$/.test(text)) {
    throw invalidArgument('pageNumber must be a positive integer, or -1 for all items.');
  }
  return Number(text);
}

function toPageSize(text: string): number {
  const size = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (size < MIN_SIZE || size > MAX_SIZE) {
    throw invalidArgument(`pageSize must be an integer from ${MIN_SIZE} to ${MAX_SIZE}.`);
  }
  return size;
}
