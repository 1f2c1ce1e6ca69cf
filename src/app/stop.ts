import type { HttpConfig } from '../config/config.js';
import { within } from '../domain/within.js';
import {
  AFTER_FAULT,
  type FlushLastLines,
  type FlushLimits,
  OUT_OF_TIME,
} from '../telemetry/standard-streams.js';
import type { LineWriter } from '../telemetry/line-writer.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError, placesOf } from '../telemetry/redact.js';

/** Closes one component. @param remainingMs milliseconds left of the grace period */
export type Close = (remainingMs: number) => Promise<void> | void;

/** Started components, closed in reverse order. */
export interface Closers {
  /** @param name identifies the component in errors */
  add(close: Close, name?: string): void;
  /**
   * Closes all components, even if closing some of them fails or hangs.
   * @param graceMs milliseconds for all components together; each gets at least 300
   * @throws AggregateError with the failures
   */
  closeAll(graceMs: number): Promise<void>;
}

/** Minimum milliseconds to close a component after the grace period. */
const LEAST_MS = 300;
const LATE = Symbol('late');

export function createClosers(): Closers {
  const started: { readonly close: Close; readonly name: string }[] = [];
  return {
    add: (close, name = 'one part') => void started.push({ close, name }),
    async closeAll(graceMs) {
      const end = performance.now() + graceMs;
      const faults: unknown[] = [];
      for (let last = started.pop(); last; last = started.pop()) {
        const remainingMs = Math.max(0, end - performance.now());
        try {
          const closing = Promise.resolve(last.close(remainingMs));
          const result = await within(remainingMs + LEAST_MS, closing, LATE);
          if (result === LATE) throw new Error(`${last.name} did not close in time`);
        } catch (fault) {
          faults.push(fault);
        }
      }
      if (faults.length > 0) throw new AggregateError(faults, 'some components did not close');
    },
  };
}

/** Logs each of the failures that `closeAll` throws together. */
export function logFaults(logger: Logger, error: unknown, message: string): void {
  const faults: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const fault of faults) logger.error({ error: describeError(fault) }, message);
}

/** A system call that takes longer than this, in milliseconds, may never return. */
const HELD_MS = 200;

/** Ends the process after its last lines. */
export type Exit = (code: number, limits?: FlushLimits) => void;

export interface ExitOptions {
  readonly logger: Logger;
  readonly flushLastLines: FlushLastLines;
  /** Milliseconds for which the system has blocked a write to the audit log. */
  readonly heldMs: () => number;
}

/** Ends the process even if the system blocks a write to the audit log. */
export function createExit({ logger, flushLastLines, heldMs }: ExitOptions): Exit {
  return (code, limits = AFTER_FAULT) => {
    const held = Math.round(heldMs());
    if (held > HELD_MS) {
      // An exit waits for system calls, and this one may never return.
      const message = 'a write to the audit log is blocked by the system; exiting with SIGKILL';
      logger.error({ heldMs: held }, message);
    }
    flushLastLines(limits);
    if (held > HELD_MS) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
}

/** Exits after an unexpected error: the state is undefined, and a supervisor starts it again. */
export function exitOnFaults(logger: Logger, exit: Exit): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ fault, error: describeError(error), stack: placesOf(error) }, 'fault');
      exit(1);
    });
  }
}

/** Milliseconds for closing everything else, in addition to the time for requests. */
const SPARE_MS = 3000;
/** Milliseconds that the last log lines wait for a reader at a stop, as long as it takes none. */
const LAST_LINES_MS = 2000;

export interface StopOptions {
  readonly http: HttpConfig;
  readonly logger: Logger;
  readonly output: LineWriter;
  readonly exit: Exit;
}

/** The first signal stops gracefully after startup; a second one immediately. */
export function stopOnSignals(
  starting: Promise<{ close(): Promise<void> }>,
  { http, logger, output, exit }: StopOptions,
): void {
  const stop = async (signal: string): Promise<void> => {
    logger.info({ signal }, 'stopping');
    const stopMs = http.drainDelayMs + http.shutdownGraceMs + SPARE_MS;
    const end = performance.now() + stopMs;
    const limit = setTimeout(() => {
      logger.error('shutdown timed out');
      exit(1, OUT_OF_TIME);
    }, stopMs).unref();
    let code = 0;
    try {
      await (await starting).close();
      logger.info('stopped');
    } catch (error) {
      code = 1;
      logFaults(logger, error, 'shutdown failed');
    }
    clearTimeout(limit);
    await output.flush(LAST_LINES_MS, end - performance.now());
    // Handles left open by libraries must not delay the exit.
    exit(code, OUT_OF_TIME);
  };
  const onSignal = createStopSignals({
    onFirst: (signal) => void stop(signal),
    onAgain: () => {
      exit(1, OUT_OF_TIME);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
}

/** Milliseconds within which repeated signals count as one. */
const SAME_MS = 500;

export interface StopSignalOptions {
  readonly onFirst: (signal: string) => void;
  /** Called for a second signal: the user does not want to wait. */
  readonly onAgain: () => void;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Tells a second signal from an echo of the first: a terminal sends Ctrl-C to every foreground
 * process and npm forwards it; service managers send SIGTERM to the whole group.
 */
export function createStopSignals(options: StopSignalOptions): (signal: string) => void {
  const { onFirst, onAgain, now = () => performance.now() } = options;
  let firstAt: number | undefined;
  return (signal) => {
    if (firstAt === undefined) onFirst(signal);
    else if (now() - firstAt >= SAME_MS) onAgain();
    firstAt ??= now();
  };
}
