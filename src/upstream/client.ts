import { randomUUID } from 'node:crypto';
import { ZodError } from 'zod';
import type { Credentials, ProxyConfig } from '../config/config.js';
import type { Logger } from '../telemetry/logger.js';
import { runAttempt, type AttemptOutcome } from './attempt.js';
import { endOf, type AttemptEvent } from './attempt-event.js';
import { toSuccess, unreadable } from './failure.js';
import { createHttpTransport } from './http-transport.js';
import type { Answer, Operation, UpstreamClient } from './operation.js';
import { createMemoryBudget, takeCall, type Budget } from './policy/budget.js';
import { withSkewCorrection } from './policy/clock-skew.js';
import { startDeadline, type Deadline } from './policy/deadline.js';
import { withFreshSocket } from './policy/idle-socket.js';
import { createCallQueue, type CallQueue } from './policy/queue.js';
import { retry } from './policy/retry.js';
import { wait as waitByTimer, type Wait } from './policy/wait.js';
import { signRequest } from './signed-request.js';
import { createUpstreamClock } from './upstream-clock.js';

export interface UpstreamClientOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly credentials: Credentials;
  /** Deadline of one call over queue, waits and all attempts. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxConcurrency: number;
  readonly maxPerMinute: number;
  readonly logger: Logger;
  /** Absent: always direct. */
  readonly proxy?: ProxyConfig | undefined;
  readonly onAttempt?: ((event: AttemptEvent) => void) | undefined;
  /** In place of first come, first served under `maxConcurrency`. */
  readonly queue?: CallQueue | undefined;
  /** In place of this process's own budget of `maxPerMinute`. */
  readonly budget?: Budget | undefined;
  /** The host's clock, epoch milliseconds. */
  readonly now?: () => number;
  readonly nonce?: () => string;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/** The one client of the upstream API: queue -> retries -> budget -> sign -> HTTP -> parse. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, credentials, attemptTimeoutMs, maxRetries, maxConcurrency, logger } = options;
  const { now = Date.now, nonce = randomUUID, random = Math.random, wait = waitByTimer } = options;
  const queue = options.queue ?? createCallQueue(maxConcurrency);
  const budget = options.budget ?? createMemoryBudget(options.maxPerMinute);
  const clock = createUpstreamClock(now);
  const { host } = new URL(origin);
  const transport = createHttpTransport({
    origin,
    maxConnections: maxConcurrency,
    connectTimeoutMs: attemptTimeoutMs,
    proxy: options.proxy,
  });
  const inFlight = new Set<Promise<unknown>>();

  const report = (event: AttemptEvent): void => {
    logger.debug(event, 'upstream attempt');
    options.onAttempt?.(event);
  };

  const attemptOf = (operation: Operation<unknown>, deadline: Deadline) => {
    let attempt = 0;
    return async (): Promise<AttemptOutcome> => {
      await takeCall(budget, deadline, wait);
      attempt += 1;
      const startedAt = performance.now();
      let outcome: AttemptOutcome | undefined;
      try {
        outcome = await runAttempt({
          transport,
          timeoutMs: attemptTimeoutMs,
          signal: deadline.signal,
          hostNow: now,
          clockOffset: clock.offset(),
          sign: (time) => signRequest(operation, { host, credentials, time, nonce: nonce() }),
        });
        return outcome;
      } finally {
        const { name, regionId } = operation;
        const durationMs = Math.round(performance.now() - startedAt);
        report({ operation: name, regionId, attempt, ...endOf(outcome), durationMs });
      }
    };
  };

  const call = async <Result>(
    operation: Operation<Result>,
    deadline: Deadline,
  ): Promise<Answer<Result>> => {
    const attempt = withFreshSocket(attemptOf(operation, deadline));
    const outcome = await retry(withSkewCorrection(attempt, clock, logger), {
      maxRetries,
      deadline,
      wait,
      random,
    });
    return toAnswer(operation, outcome);
  };

  return {
    send: async (operation, { signal } = {}) => {
      const deadline = startDeadline(options.timeoutMs, now, signal);
      const work = queue.run(() => call(operation, deadline), deadline.signal);
      inFlight.add(work);
      try {
        return await work;
      } finally {
        inFlight.delete(work);
        deadline.clear();
      }
    },
    close: async () => {
      await Promise.allSettled(inFlight);
      await transport.close();
    },
  };
}

function toAnswer<Result>(operation: Operation<Result>, outcome: AttemptOutcome): Answer<Result> {
  const { reply, sentAt } = toSuccess(outcome);
  try {
    const result = operation.parse(reply.result);
    return { result, requestId: reply.requestId, sentAt: new Date(sentAt) };
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw unreadable(reply, `unexpected ${error.issues[0]?.path.join('.') || 'result'}`);
  }
}
