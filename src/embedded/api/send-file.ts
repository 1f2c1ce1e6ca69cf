import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteRange, chooseRange, formatContentRange } from '../../domain/byte-range.js';
import type { OpenFile } from '../folder/open-file.js';
import { ApiError } from './api-error.js';
import { ClientGoneError } from './respond.js';
import { fileHeaders, validatorsOf } from './file-headers.js';
import { judgePreconditions, rangeStands } from './preconditions.js';

/** Bytes per read; each download holds one such piece. */
const PIECE = 256 * 1024;

/**
 * Responds to GET or HEAD with an open file, in full or the requested range. Streams with
 * backpressure, so memory use is independent of file size. The caller closes the file.
 * @param onBytes called with the bytes of each piece the system has taken
 * @throws ApiError 416 before anything is sent; ClientGoneError or a file system error after that
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { handle, stats }: OpenFile,
  fileName: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { method, headers } = request;
  const size = Number(stats.size);
  const validators = validatorsOf(stats);
  const verdict = judgePreconditions(headers, validators);
  if (verdict !== 200) {
    respondWithoutBody(response, verdict, fileHeaders(fileName, validators));
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
    ...fileHeaders(fileName, validators),
    ...(range !== 'whole' && { 'Content-Range': formatContentRange(bytes, size) }),
    'Content-Length': length,
  });
  if (method === 'HEAD' || length === 0) response.end();
  else await sendBytes(response, handle, bytes, onBytes);
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
  response: ServerResponse,
  handle: OpenFile['handle'],
  { start, end }: ByteRange,
  onBytes: (bytes: number) => void,
): Promise<void> {
  // One buffer for all pieces: a stream would allocate one for each, which costs as much as reading.
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

/** Resolves when the system has taken `piece`. @throws ClientGoneError */
function write(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => {
      reject(new ClientGoneError());
    };
    response.once('close', onClose);
    response.write(piece, (cause) => {
      response.off('close', onClose);
      // A pending write ends without an error when its socket is destroyed.
      if (cause ?? response.socket?.destroyed) reject(new ClientGoneError(undefined, { cause }));
      else resolve();
    });
  });
}
