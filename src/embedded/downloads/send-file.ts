import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ByteRange, chooseRange, formatContentRange } from '../../domain/byte-range.js';
import type { OpenFile } from '../folder/open-file.js';
import { ApiError } from '../http/api-error.js';
import { ClientGoneError } from '../http/respond.js';
import { fileHeaders, validatorsOf } from './file-headers.js';
import type { LargeBuffers } from './large-buffers.js';
import { judgePreconditions, rangeStands } from './preconditions.js';
import { writeBytes } from './write-bytes.js';

export interface Transfer {
  readonly fileName: string;
  readonly largeBuffers: LargeBuffers;
  /** Bytes that did not reach the client of an aborted connection. */
  readonly untaken: (socket: Socket) => number;
  /** Called once with the number of bytes sent, also if the transfer aborts. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Responds to GET or HEAD with an open file, in full or the requested range. Streams with
 * backpressure, so memory use is independent of file size. The caller closes the file.
 * @throws ApiError 416 before anything is sent; ClientGoneError or a file system error after that
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { handle, stats }: OpenFile,
  transfer: Transfer,
): Promise<void> {
  const { method, headers } = request;
  const size = Number(stats.size);
  const validators = validatorsOf(stats);
  const verdict = judgePreconditions(headers, validators);
  if (verdict !== 200) {
    respondWithoutBody(response, verdict, fileHeaders(transfer.fileName, validators));
    return;
  }
  // Ranges apply to GET only (RFC 9110, section 14.2).
  const mayBeRange = method === 'GET' && rangeStands(headers, validators);
  const range = mayBeRange ? chooseRange(headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'OUT_OF_RANGE', 'The range lies outside the file.', {
      'Content-Range': `bytes */${size}`,
    });
  }
  const bytes = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = bytes.end - bytes.start + 1;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...fileHeaders(transfer.fileName, validators),
    ...(range !== 'whole' && { 'Content-Range': formatContentRange(bytes, size) }),
    'Content-Length': length,
  });
  if (method === 'HEAD' || length === 0) response.end();
  else await sendBytes(request, response, handle, bytes, transfer);
}

/** A 304 has no Content-Length either: it would be that of the file (RFC 9110, section 8.6). */
function respondWithoutBody(
  response: ServerResponse,
  status: 304 | 412,
  { ETag, ...others }: ReturnType<typeof fileHeaders>,
): void {
  response.writeHead(status, {
    ETag,
    'Cache-Control': others['Cache-Control'],
    'Last-Modified': others['Last-Modified'],
    ...(status === 412 && { 'Content-Length': 0 }),
  });
  response.end();
}

async function sendBytes(
  { socket }: IncomingMessage,
  response: ServerResponse,
  handle: OpenFile['handle'],
  range: ByteRange,
  { largeBuffers, untaken, onBytes }: Transfer,
): Promise<void> {
  let sent = 0;
  try {
    await writeBytes(
      response,
      handle,
      range,
      (bytes) => {
        sent += bytes;
      },
      largeBuffers,
    );
  } catch (error) {
    // For an aborted client, subtract what the kernel accepted but never delivered.
    const lost = sent > 0 && error instanceof ClientGoneError ? untaken(socket) : 0;
    if (lost > 0) sent = Math.max(0, sent + (error as ClientGoneError).unwritten - lost);
    throw error;
  } finally {
    onBytes(sent);
  }
  // A file that shrank must not look complete or leave the client waiting for the rest.
  if (sent < range.end - range.start + 1) response.destroy();
  else response.end();
}
