import type { BigIntStats } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ByteRange, chooseRange, formatContentRange } from '../../domain/byte-range.js';
import { opaqueTagOf, parseEntityTags } from '../../domain/entity-tag.js';
import { parseHttpDate } from '../../domain/http-date.js';
import type { OpenFile } from '../folder/open-file.js';
import { ApiError } from './api-error.js';
import { attachment } from './attachment.js';

/** Bytes per read; each download holds one such piece. */
const PIECE = 256 * 1024;

/**
 * Responds to GET or HEAD with an open file, in full or the requested range. Streams with
 * backpressure, so memory use is independent of file size. The caller closes the file.
 * @param onBytes called with the bytes of each piece the system has taken
 * @throws ApiError 416 before anything is sent; any error after that
 */
export async function sendFile(
  { method, headers }: Pick<FastifyRequest, 'headers' | 'method'>,
  reply: FastifyReply,
  { handle, stats }: OpenFile,
  fileName: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const size = Number(stats.size);
  const validators = validatorsOf(stats);
  const verdict = judgePreconditions(headers, validators);
  // Ranges apply to GET only (RFC 9110, section 14.2).
  const mayBeRange = verdict === 200 && method === 'GET' && rangeStands(headers, validators);
  const range = mayBeRange ? chooseRange(headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'OUT_OF_RANGE', 'The range lies outside the file.', {
      'Content-Range': `bytes */${size}`,
    });
  }
  reply.hijack();
  const { raw: response } = reply;
  if (verdict !== 200) {
    // A 304 has no Content-Length: it would be that of the file (RFC 9110, section 8.6).
    response.writeHead(verdict, {
      ...validatorHeaders(validators),
      ...(verdict === 412 && { 'Content-Length': 0 }),
    });
    response.end();
    return;
  }
  const bytes = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = bytes.end - bytes.start + 1;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...validatorHeaders(validators),
    'Accept-Ranges': 'bytes',
    'Content-Disposition': attachment(fileName),
    'Content-Type': 'application/octet-stream',
    ...(range !== 'whole' && { 'Content-Range': formatContentRange(bytes, size) }),
    'Content-Length': length,
    // nginx would otherwise store responses in temporary files.
    'X-Accel-Buffering': 'no',
    'X-Content-Type-Options': 'nosniff',
  });
  if (method === 'HEAD' || length === 0) response.end();
  else await sendBytes(response, handle, bytes, onBytes);
}

async function sendBytes(
  response: ServerResponse,
  handle: OpenFile['handle'],
  { start, end }: ByteRange,
  onBytes: (bytes: number) => void,
): Promise<void> {
  // One buffer for all pieces: a stream allocates one for each and takes 2.6 times the processor
  // time (2.3 s instead of 0.9 s per GiB).
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, end - start + 1));
  let position = start;
  while (position <= end) {
    const length = Math.min(buffer.length, end - position + 1);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    if (bytesRead === 0) break;
    await write(response, buffer.subarray(0, bytesRead));
    position += bytesRead;
    onBytes(bytesRead);
  }
  // A file that shrank must not look complete or leave the client waiting for the rest.
  if (position <= end) response.destroy();
  else response.end();
}

/** Resolves when the system has taken `piece`; fails when the client has disconnected. */
function write(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => {
      reject(new Error('the client disconnected'));
    };
    response.once('close', onClose);
    response.write(piece, (error) => {
      response.off('close', onClose);
      // A pending write ends without an error when its socket is destroyed.
      if (error ?? response.socket?.destroyed) onClose();
      else resolve();
    });
  });
}

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

export function validatorsOf({ ino, size, mtimeNs, mtime }: BigIntStats): Validators {
  const identity = [ino, size, mtimeNs].map((part) => part.toString(16)).join('-');
  return { etag: `"${identity}"`, lastModified: mtime.toUTCString() };
}

function validatorHeaders({ etag, lastModified }: Validators) {
  return { ETag: etag, 'Last-Modified': lastModified, 'Cache-Control': 'private, no-store' };
}
