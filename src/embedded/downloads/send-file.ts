import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OpenFile } from '../catalogue/folder/stored-files.js';
import { ApiError } from '../http/api-error.js';
import { ClientGoneError } from '../http/respond.js';
import { chooseRange, type ByteRange } from './byte-range.js';
import { fileHeaders, validatorsOf } from './file-headers.js';
import type { LargeBuffers } from './large-buffers.js';
import { judgePreconditions, rangeStands } from './preconditions.js';
import { writeBytes } from './write-bytes.js';

export interface Transfer {
  readonly fileName: string;
  readonly largeBuffers: LargeBuffers;
  /** Bytes that did not reach the client of a connection that was cut off. */
  readonly untaken: (socket: Socket) => number;
  /** Called once with the bytes that went out, also where the transfer breaks off. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Answers GET or HEAD with an open file, in full or the one range asked for. Streams with
 * back-pressure, so memory stays flat whatever the size. The caller closes the file.
 * @throws ApiError 416 before anything is sent; ClientGoneError, or one of the file system, after that
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
  // A range has a meaning for GET only (RFC 9110, 14.2).
  const mayBeRange = method === 'GET' && rangeStands(headers, validators);
  const range = mayBeRange ? chooseRange(headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'OUT_OF_RANGE', 'The range lies outside of the file.', {
      'Content-Range': `bytes */${size}`,
    });
  }
  const bytes = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = bytes.end - bytes.start + 1;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...fileHeaders(transfer.fileName, validators),
    ...(range !== 'whole' && { 'Content-Range': `bytes ${bytes.start}-${bytes.end}/${size}` }),
    'Content-Length': length,
  });
  if (method === 'HEAD' || length === 0) response.end();
  else await sendBytes(request, response, handle, bytes, transfer);
}

/** 304 has no length of a body either: it would be that of the file (RFC 9110, 8.6). */
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
    // Of a client that was cut off it is known how much of what the kernel accepted it never got.
    const lost = sent > 0 && error instanceof ClientGoneError ? untaken(socket) : 0;
    if (lost > 0) sent = Math.max(0, sent + (error as ClientGoneError).unwritten - lost);
    throw error;
  } finally {
    onBytes(sent);
  }
  // A file that shrank meanwhile must not look complete, nor leave the client waiting for the rest.
  if (sent < range.end - range.start + 1) response.destroy();
  else response.end();
}
