import type { onRequestHookHandler, preHandlerHookHandler } from 'fastify';
import type { TaskScheduler } from './connections/task-scheduler.js';
import { sendError } from './refusals/send-error.js';

export interface ConcurrencyLimitOptions {
  /** Maximum concurrent requests, from their headers to the end of their responses. */
  readonly maxRequests: number;
  readonly onRefused: () => void;
}

/** Seconds. */
const RETRY_AFTER = 1;
const BUSY = 'The server is busy; retry later.';

/** Responds with 503 to a request above the limit, before reading its body. */
export function limitConcurrency({
  maxRequests,
  onRefused,
}: ConcurrencyLimitOptions): onRequestHookHandler {
  let underWay = 0;
  return (_request, reply, done) => {
    if (underWay >= maxRequests) {
      onRefused();
      reply.header('retry-after', RETRY_AFTER);
      sendError(reply, 503, 'SERVICE_UNAVAILABLE', BUSY);
      return;
    }
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
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
