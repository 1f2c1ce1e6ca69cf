import type {
  FastifyReply,
  onRequestHookHandler,
  preHandlerHookHandler,
  preParsingHookHandler,
} from 'fastify';
import type { TaskScheduler } from './connections/task-scheduler.js';
import { sendError } from './refusals/send-error.js';

export interface ConcurrencyLimitOptions {
  /** Maximum concurrent requests, from the end of their bodies to the end of their responses. */
  readonly maxRequests: number;
  readonly onRefused: () => void;
}

/** Hooks of a route, in this order. */
export interface ConcurrencyLimit {
  /** Responds with 503 before reading a body while all places are taken. */
  readonly refuseWhenFull: onRequestHookHandler;
  /** Takes a place. Only now: a client that never ends its body must not hold one. */
  readonly takePlace: preHandlerHookHandler;
}

/** Seconds. */
const RETRY_AFTER = 1;
const BUSY = 'The server is busy; retry later.';

/** Limits the requests that are whole and not yet answered. */
export function createConcurrencyLimit({
  maxRequests,
  onRefused,
}: ConcurrencyLimitOptions): ConcurrencyLimit {
  let underWay = 0;

  function refuse(reply: FastifyReply): void {
    onRefused();
    reply.header('retry-after', RETRY_AFTER);
    sendError(reply, 503, 'SERVICE_UNAVAILABLE', BUSY);
  }

  return {
    refuseWhenFull(_request, reply, done) {
      if (underWay >= maxRequests) refuse(reply);
      else done();
    },
    takePlace(_request, reply, done) {
      if (reply.raw.closed) return;
      if (underWay >= maxRequests) {
        refuse(reply);
        return;
      }
      underWay += 1;
      reply.raw.once('close', () => {
        underWay -= 1;
      });
      done();
    },
  };
}

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

/** Starts operations in turns of the event loop; those of disconnected clients never start. */
export function scheduleOperations(scheduler: TaskScheduler): preHandlerHookHandler {
  return (_request, reply, done) => {
    scheduler.schedule(() => {
      if (reply.raw.closed) return false;
      done();
      return true;
    });
  };
}
