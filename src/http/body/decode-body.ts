import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import type { preParsingHookHandler, onRequestHookHandler } from 'fastify';
import { sendError } from '../refusals/send-error.js';

/**
 * Content codings that are read (RFC 9110, section 8.4.1). Brotli is not: a few bytes of it make a
 * decoder ask for a window of 16 MB.
 */
const DECODERS = new Map<string, () => Gunzip | Inflate>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
]);

const READ = 'gzip, deflate, identity';
const UNREAD = `The content encoding is not supported: use one of ${READ}, and only once.`;

/** Codes of errors that a broken body makes a decoder throw. */
export const isDecodingError = (code: string): boolean => /^Z_(DATA|BUF)_ERROR$/.test(code);

/**
 * Unpacks a compressed body, as routers that compress what they send to subgraphs make it. Fastify counts
 * what comes out as well as what comes in, and reads no more once it is too much: what a small body could
 * become is never made.
 */
export const decodeBody: preParsingHookHandler = (request, reply, payload, done) => {
  const coding = request.headers['content-encoding'];
  if (coding === undefined) {
    done(null, payload);
    return;
  }
  const codings = codingsOf(coding);
  const [name = ''] = codings;
  if (codings.length === 0) {
    done(null, payload);
    return;
  }
  const createDecoder = codings.length === 1 ? DECODERS.get(name) : undefined;
  if (createDecoder === undefined) {
    // RFC 9110, section 12.5.3: it tells what would have been read.
    reply.header('accept-encoding', READ);
    sendError(reply, 415, 'BAD_REQUEST', UNREAD);
    return;
  }
  const decoder = createDecoder();
  Object.defineProperty(decoder, 'receivedEncodedLength', { get: () => decoder.bytesWritten });
  payload.pipe(decoder);
  payload.once('error', (error) => decoder.destroy(error));
  // Whatever became of the body, the connection goes on with what is behind it.
  reply.raw.once('close', () => {
    payload.unpipe(decoder);
    payload.resume();
    decoder.destroy();
  });
  done(null, decoder);
};

/** In the order they were applied; `identity` is none. */
function codingsOf(header: string): string[] {
  return header
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== 'identity' && coding !== '');
}

/** JSON is read as UTF-8; a body that says it is something else would be read wrong. */
export const refuseCharsets: onRequestHookHandler = (request, reply, done) => {
  const type = request.headers['content-type'] ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) {
    done();
    return;
  }
  sendError(reply, 415, 'BAD_REQUEST', UNREAD_CHARSET);
};

const UNREAD_CHARSET = 'The charset of the content type is not supported: send UTF-8.';
