import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenFile } from '../catalogue/stored-files.js';
import { ApiError } from '../http/api-error.js';
import { chooseRange } from './byte-range.js';
import { writeBytes } from './write-bytes.js';
import { fileHeaders, rangeStands, validatorsOf } from './file-headers.js';

/**
 * Answers GET or HEAD with an open file, in full or the one range asked for. Streams with
 * back-pressure, so memory stays flat whatever the size. The caller closes the file.
 * @param onBytes is told the bytes handed out, also where the transfer breaks off
 * @throws ApiError 416 before anything is sent; ClientGoneError, or one of the file system, after that
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  fileName: string,
  { handle, stats }: OpenFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const size = Number(stats.size);
  const validators = validatorsOf(stats);
  // A range has a meaning for GET only (RFC 9110, 14.2).
  const mayBeRange = request.method === 'GET' && rangeStands(ifRangeOf(request), validators);
  const range = mayBeRange ? chooseRange(request.headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'OUT_OF_RANGE', 'The range lies outside of the file.', {
      'Content-Range': `bytes */${size}`,
    });
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = end - start + 1;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...fileHeaders(fileName, validators),
    ...(range !== 'whole' && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
    'Content-Length': length,
  });
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  let sent = 0;
  try {
    await writeBytes(response, handle, { start, end }, (bytes) => {
      sent += bytes;
    });
  } finally {
    onBytes(sent);
  }
  // A file that shrank meanwhile must not look complete, nor leave the client waiting for the rest.
  if (sent < length) response.destroy();
  else response.end();
}

function ifRangeOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['if-range'];
  return typeof value === 'string' ? value : undefined;
}
