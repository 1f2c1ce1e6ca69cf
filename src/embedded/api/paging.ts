import { invalidArgument } from './api-error.js';
import { required, type Parameters } from './parameters.js';

export interface Page {
  /** 1-based; -1 for all items. */
  readonly pageNumber: number;
  readonly pageSize: number;
}

const MIN_SIZE = 10;
const MAX_SIZE = 100;

/**
 * The page for describeBackups: both parameters are required, sizes are multiples of 10. @throws
 * ApiError 400
 */
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
