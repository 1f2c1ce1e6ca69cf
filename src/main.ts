import { fileURLToPath } from 'node:url';
import { type App, startApp } from './app/app.js';
import { faultsOf } from './app/closers.js';
import { createStopSignals } from './app/stop-signals.js';
import type { HttpConfig } from './config/config.js';
import { ConfigError } from './config/to-config.js';
import { readEnv } from './config/env.js';
import { loadConfig } from './config/load-config.js';
import type { AuditSink } from './telemetry/audit-sink.js';
import { openAuditSink } from './telemetry/open-audit-sink.js';
import { createLogger, type Logger, toDroppingLine } from './telemetry/logger.js';
import {
  createLastWords,
  HASTY,
  type LastWords,
  PATIENT,
  type Patience,
} from './telemetry/last-words.js';
import type { Output } from './telemetry/output.js';
import { describeError, placesOf } from './telemetry/redact.js';
import { openStandardStream } from './telemetry/standard-streams.js';

/** Milliseconds for closing everything else, in addition to the time for requests. */
const SPARE_MS = 3000;
/** Milliseconds that the last log lines wait for a reader at a stop, as long as it takes none. */
const LAST_LINES_MS = 2000;

/** The folder of the built page; the same from `src`, `build` and `dist`. */
const EXPLORER_DIR = fileURLToPath(new URL('../dist/explorer', import.meta.url));

/** A system call that takes longer than this, in milliseconds, may never return. */
const HELD_MS = 200;

const standardError = openStandardStream(2);

/** Reads the settings, starts the product, and stops it on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const { config, files } = await loadConfig(readEnv());
  const output = openStandardStream(1, (reason) => {
    standardError.log(toDroppingLine(reason));
    standardError.flushSync(0);
  });
  const sayLastWords = createLastWords(output, standardError);
  process.on('exit', () => {
    sayLastWords(PATIENT);
  });
  const logger = createLogger(config.logLevel, {
    write: (line) => {
      output.log(line);
    },
  });
  const sinks: { audit?: AuditSink } = {};
  const exit = exitWith(logger, sayLastWords, sinks);
  exitOnFaults(logger, exit);
  sayWarnings(logger);
  // Sent by log rotation and closing terminals; by default it would end the process.
  process.on('SIGHUP', () => sinks.audit?.reopen());
  const auditSink = await openAuditSink(config.audit, { output, logger });
  sinks.audit = auditSink;
  const starting = startApp(config, {
    logger,
    auditSink,
    droppedLogLines: () => output.dropped(),
    explorerDir: EXPLORER_DIR,
    files,
  });
  // Before startup completes: the first process of a container ignores signals without handlers.
  stopOnSignals(starting, config.http, { logger, output, exit });
  const app = await starting;
  logger.info({ graphql: `${app.origin}/graphql`, upstream: config.upstream.source.kind }, 'ready');
}

type Exit = (code: number, patience?: Patience) => void;

interface Stopping {
  readonly logger: Logger;
  readonly output: Output;
  readonly exit: Exit;
}

/** The first signal stops gracefully after startup; a second one immediately. */
function stopOnSignals(
  starting: Promise<App>,
  { drainDelayMs, shutdownGraceMs }: HttpConfig,
  { logger, output, exit }: Stopping,
): void {
  const stop = async (signal: string): Promise<void> => {
    logger.info({ signal }, 'stopping');
    const stopMs = drainDelayMs + shutdownGraceMs + SPARE_MS;
    const end = performance.now() + stopMs;
    const limit = setTimeout(() => {
      logger.error('shutdown timed out');
      exit(1, HASTY);
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
    exit(code, HASTY);
  };
  const onSignal = createStopSignals({
    onFirst: (signal) => void stop(signal),
    onAgain: () => {
      exit(1, HASTY);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
}

/** Ends the process even if the system blocks a write to the audit log. */
function exitWith(
  logger: Logger,
  sayLastWords: LastWords,
  sinks: { readonly audit?: AuditSink },
): Exit {
  return (code, patience = PATIENT) => {
    const heldMs = Math.round(sinks.audit?.heldMs?.() ?? 0);
    if (heldMs > HELD_MS) {
      // An exit waits for system calls, and this one may never return.
      logger.error(
        { heldMs },
        'a write to the audit log is blocked by the system; exiting with SIGKILL',
      );
      sayLastWords(patience);
      process.kill(process.pid, 'SIGKILL');
    }
    sayLastWords(patience);
    process.exit(code);
  };
}

/**
 * After an unexpected error the state is undefined: the process exits, to be restarted by its
 * supervisor.
 */
function exitOnFaults(logger: Logger, exit: Exit): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ fault, error: describeError(error), stack: placesOf(error) }, 'fault');
      exit(1);
    });
  }
}

/** Logs Node.js warnings; writing them to standard error would block on its reader. */
function sayWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    logger.warn({ error: describeError(warning) }, 'Node.js warning');
  });
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : `Could not start: ${explain(error)}`;
  standardError.log(`${text}\n`);
  standardError.flushSync(PATIENT.idleMs, PATIENT.maxMs);
  process.exit(1);
});

function explain(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
