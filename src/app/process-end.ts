import {
  type FlushLastLines,
  type FlushLimits,
  AFTER_FAULT,
  OUT_OF_TIME,
} from '../telemetry/last-lines.js';
import type { HttpConfig } from '../config/config.js';
import type { LineWriter } from '../telemetry/line-writer.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError, placesOf } from '../telemetry/redact.js';
import type { App } from './app.js';
import { faultsOf } from './closers.js';
import { createStopSignals } from './stop-signals.js';

/** Milliseconds for closing everything else, in addition to the time for requests. */
const SPARE_MS = 3000;
/** Milliseconds that the last log lines wait for a reader at a stop, as long as it takes none. */
const LAST_LINES_MS = 2000;
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
export function createExit({ logger, flushLastLines, heldMs: held }: ExitOptions): Exit {
  return (code, limits = AFTER_FAULT) => {
    const heldMs = Math.round(held());
    if (heldMs > HELD_MS) {
      // An exit waits for system calls, and this one may never return.
      logger.error(
        { heldMs },
        'a write to the audit log is blocked by the system; exiting with SIGKILL',
      );
      flushLastLines(limits);
      process.kill(process.pid, 'SIGKILL');
    }
    flushLastLines(limits);
    process.exit(code);
  };
}

/**
 * After an unexpected error the state is undefined: the process exits, to be restarted by its
 * supervisor.
 */
export function exitOnFaults(logger: Logger, exit: Exit): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ fault, error: describeError(error), stack: placesOf(error) }, 'fault');
      exit(1);
    });
  }
}

export interface StopOptions {
  readonly http: HttpConfig;
  readonly logger: Logger;
  readonly output: LineWriter;
  readonly exit: Exit;
}

/** The first signal stops gracefully after startup; a second one immediately. */
export function stopOnSignals(starting: Promise<App>, options: StopOptions): void {
  const { http, logger, output, exit } = options;
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
    } catch (faults) {
      code = 1;
      for (const fault of faultsOf(faults)) {
        logger.error({ error: describeError(fault) }, 'shutdown failed');
      }
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
