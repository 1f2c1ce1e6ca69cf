import type { onRequestHookHandler, preHandlerHookHandler } from 'fastify';
import type { TaskScheduler } from './connections/task-scheduler.js';
import { sendError } from './refusals/send-error.js';

export interface ConcurrencyLimitOptions {
  /** How many requests may be under way, from their head to the end of their answer. */
  readonly maxRequests: number;
  readonly onRefused: () => void;
}

/** Seconds. */
const RETRY_AFTER = 1;
const BUSY = 'The server is busy: try again.';

/** Answers 503 to a request more than may be under way, before its body is read. */
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

/** Lets operations begin by scheduler of the event loop; those whose client is gone by then never do. */
export function scheduleOperations(scheduler: TaskScheduler): preHandlerHookHandler {
  return (_request, reply, done) => {
    scheduler.schedule(() => {
      if (reply.raw.closed) return false;
      done();
      return true;
    });
  };
}
