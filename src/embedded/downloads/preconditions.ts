import type { IncomingHttpHeaders } from 'node:http';
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
  if (ifMatch !== undefined) return isAny(ifMatch) || tagsIn(ifMatch).includes(etag);
  const since = parseHttpDate(headers['if-unmodified-since']);
  return since === undefined || Date.parse(lastModified) <= since;
}

/**
 * If-None-Match (13.1.2), otherwise If-Modified-Since (13.1.3): the client already has these bytes.
 */
function hasCurrentCopy(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    const opaque = (tag: string) => tag.replace(/^W\//, '');
    return isAny(ifNoneMatch) || tagsIn(ifNoneMatch).map(opaque).includes(etag);
  }
  const since = parseHttpDate(headers['if-modified-since']);
  return since !== undefined && Date.parse(lastModified) <= since;
}

function isAny(header: string): boolean {
  return header.trim() === '*';
}

/** The entity tags of a list; empty if malformed (RFC 9110, sections 8.8.3 and 5.6.1). */
function tagsIn(header: string): readonly string[] {
  return LIST.test(header) ? (header.match(TAG) ?? []) : [];
}

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;
const LIST = new RegExp(`^[ \\t,]*${TAG.source}(?:[ \\t]*,[ \\t]*(?:${TAG.source})?)*[ \\t]*$`);

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
