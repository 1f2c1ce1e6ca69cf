import type { IncomingHttpHeaders } from 'node:http';
import { opaqueTagOf, parseEntityTags } from '../../domain/entity-tag.js';
import { parseHttpDate } from '../../domain/http-date.js';

/** Validators of a file's bytes, shared by all links to it. */
export interface Validators {
  /** A strong entity tag. */
  readonly etag: string;
  /** HTTP date, whole seconds. */
  readonly lastModified: string;
}

/**
 * The response: the file, `304 Not Modified` or `412 Precondition Failed`, the latter two without a
 * body.
 */
export type PreconditionVerdict = 200 | 304 | 412;

/**
 * Evaluates the preconditions of GET or HEAD in the order of RFC 9110, section 13.2.2; If-Range
 * follows.
 */
export function judgePreconditions(
  headers: IncomingHttpHeaders,
  validators: Validators,
): PreconditionVerdict {
  return standsUnchanged(headers, validators)
    ? hasCurrentCopy(headers, validators)
      ? 304
      : 200
    : 412;
}

/** If-Match (13.1.1), otherwise If-Unmodified-Since (13.1.4): the file has not changed. */
function standsUnchanged(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  const ifMatch = headers['if-match'];
  // Strong comparison: a weak tag does not identify bytes.
  if (ifMatch !== undefined) return isAny(ifMatch) || parseEntityTags(ifMatch).includes(etag);
  const since = parseHttpDate(headers['if-unmodified-since']);
  return since === undefined || Date.parse(lastModified) <= since;
}

/**
 * If-None-Match (13.1.2), otherwise If-Modified-Since (13.1.3): the client already has these bytes.
 */
function hasCurrentCopy(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return isAny(ifNoneMatch) || parseEntityTags(ifNoneMatch).map(opaqueTagOf).includes(etag);
  }
  const since = parseHttpDate(headers['if-modified-since']);
  return since !== undefined && Date.parse(lastModified) <= since;
}

function isAny(header: string): boolean {
  return header.trim() === '*';
}

/**
 * Whether If-Range permits a range (RFC 9110, section 13.1.5): it is absent or has exactly this
 * strong ETag or date. A weak ETag never matches.
 */
export function rangeStands(
  { 'if-range': ifRange }: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  return ifRange === undefined || ifRange === etag || ifRange === lastModified;
}
