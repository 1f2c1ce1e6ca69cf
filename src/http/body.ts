import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import type { FastifyReply, onRequestHookHandler, preParsingHookHandler } from 'fastify';
import { sendError } from './errors.js';

/**
 * Supported content codings (RFC 9110, section 8.4.1). Brotli is excluded: a few bytes can make its
 * decoder allocate a window of 16 MB.
 */
const DECODERS = new Map<string, () => Gunzip | Inflate>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
]);

const READ = 'gzip, deflate, identity';
const UNREAD = `Unsupported content encoding; use one of ${READ}, applied once.`;

/**
 * Decompresses a request body; routers can compress subgraph requests. Fastify limits the output as
 * well as the input and stops reading at the limit, so a decompression bomb never expands.
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
    // RFC 9110, section 12.5.3: states the supported codings.
    reply.header('accept-encoding', READ);
    sendError(reply, 415, 'BAD_REQUEST', UNREAD);
    return;
  }
  const decoder = createDecoder();
  Object.defineProperty(decoder, 'receivedEncodedLength', { get: () => decoder.bytesWritten });
  payload.pipe(decoder);
  payload.once('error', (error) => decoder.destroy(error));
  // Whatever happens to the body, the connection continues with the next request.
  reply.raw.once('close', () => {
    payload.unpipe(decoder);
    payload.resume();
    decoder.destroy();
  });
  done(null, decoder);
};

/** In order of application; `identity` is ignored. */
function codingsOf(header: string): string[] {
  return header
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== 'identity' && coding !== '');
}

/** JSON is read as UTF-8; a body in another charset would be misread. */
export const refuseCharsets: onRequestHookHandler = (request, reply, done) => {
  const type = request.headers['content-type'] ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) {
    done();
    return;
  }
  sendError(reply, 415, 'BAD_REQUEST', UNREAD_CHARSET);
};

const UNREAD_CHARSET = 'Unsupported charset; send UTF-8.';

/** Bytes of all request bodies in memory, until their responses end. */
export const MAX_BODIES_BYTES = 64 * 1024 * 1024;
/** About what the object of a chunk takes; a client can send chunks of one byte. */
const CHUNK_BYTES = 160;

/**
 * Limits the bytes of all bodies together. Above the limit, the body that has been arriving longest
 * is cut off, so slow senders cannot lock out the others. Follows the decompression.
 */
export function limitBodies(maxBytes: number, onRefused: () => void): preParsingHookHandler {
  /** Bytes by response, in order of arrival. */
  const held = new Map<FastifyReply, number>();
  const arriving = new Set<FastifyReply>();
  let total = 0;

  function release(reply: FastifyReply): void {
    total -= held.get(reply) ?? 0;
    held.delete(reply);
    arriving.delete(reply);
  }

  function cutLongest(): void {
    const [longest] = arriving;
    if (longest === undefined) return;
    onRefused();
    release(longest);
    longest.raw.destroy();
  }

  return (_request, reply, payload, done) => {
    held.set(reply, 0);
    arriving.add(reply);
    payload.on('data', (chunk: Buffer) => {
      const bytes = held.get(reply);
      if (bytes === undefined) return;
      held.set(reply, bytes + chunk.length + CHUNK_BYTES);
      total += chunk.length + CHUNK_BYTES;
      if (total > maxBytes) cutLongest();
    });
    payload.once('end', () => arriving.delete(reply));
    reply.raw.once('close', () => {
      release(reply);
    });
    done(null, payload);
  };
}
