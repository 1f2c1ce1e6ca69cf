import { fileURLToPath } from 'node:url';
import { type App, startApp } from './app/app.js';
import { faultsOf } from './app/closers.js';
import { createStopSignals } from './app/stop-signals.js';
import type { HttpConfig } from './config/config.js';
import { ConfigError } from './config/to-config.js';
import { readEnv } from './config/env.js';
import { loadConfig } from './config/load-config.js';
import { type AuditSink, openAuditSink } from './telemetry/audit-sink.js';
import { createLogger, type Logger } from './telemetry/logger.js';
import type { Output } from './telemetry/output.js';
import { describeError, placesOf } from './telemetry/redact.js';
import { openStandardOutput, writeToStandardError } from './telemetry/standard-streams.js';

/** Beyond the time for requests, what closing everything else may take; milliseconds. */
const SPARE_MS = 3000;
/** What the last lines of the log may hold up the exit, in milliseconds. */
const LAST_LINES_MS = 1000;
/** The same after a fault, and where somebody does not want to wait. */
const LAST_WORDS_MS = 200;
/** Where the build puts the page; the same from `src`, `build` and `dist`. */
const EXPLORER_DIR = fileURLToPath(new URL('../dist/explorer', import.meta.url));

/** A call of the system that takes longer than this many milliseconds is not sure to end. */
const HELD_MS = 200;

/** Reads the settings, starts the product, and stops it on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const { config, files } = await loadConfig(readEnv());
  const output = openStandardOutput();
  process.on('exit', () => {
    output.flushSync(LAST_WORDS_MS);
  });
  const logger = createLogger(config.logLevel, {
    write: (line) => {
      output.log(line);
    },
  });
  const sinks: { audit?: AuditSink } = {};
  const exit = exitWith(logger, output, sinks);
  exitOnFaults(logger, exit);
  sayWarnings(logger);
  // What tools that rotate logs send, and a terminal that is closed; it would end the process.
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
  // Before it is ready: as the first process of a container it would not hear a signal otherwise.
  stopOnSignals(starting, config.http, { logger, output, exit });
  const app = await starting;
  logger.info({ graphql: `${app.origin}/graphql`, upstream: config.upstream.source.kind }, 'ready');
}

type Exit = (code: number) => void;

interface Stopping {
  readonly logger: Logger;
  readonly output: Output;
  readonly exit: Exit;
}

/** The first signal stops in order, once everything is started; a second one at once. */
function stopOnSignals(
  starting: Promise<App>,
  { drainDelayMs, shutdownGraceMs }: HttpConfig,
  { logger, output, exit }: Stopping,
): void {
  const stop = async (signal: string): Promise<void> => {
    logger.info({ signal }, 'stopping');
    setTimeout(
      () => {
        logger.error('could not stop in time');
        exit(1);
      },
      drainDelayMs + shutdownGraceMs + SPARE_MS,
    ).unref();
    try {
      await (await starting).close();
    } catch (faults) {
      for (const fault of faultsOf(faults)) {
        logger.error({ error: describeError(fault) }, 'could not stop cleanly');
      }
      exit(1);
    }
    logger.info('stopped');
    await output.flush(LAST_LINES_MS);
    // Whatever a library has left open must not hold up the exit.
    exit(0);
  };
  const onSignal = createStopSignals({
    onFirst: (signal) => void stop(signal),
    onAgain: () => {
      exit(1);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
}

/** Ends the process, also where the system holds a write to the audit log. */
function exitWith(logger: Logger, output: Output, sinks: { readonly audit?: AuditSink }): Exit {
  return (code) => {
    const heldMs = Math.round(sinks.audit?.heldMs?.() ?? 0);
    if (heldMs > HELD_MS) {
      // An exit waits for calls of the system, and this one may never end.
      logger.error({ heldMs }, 'the system holds a write to the audit log: ending by SIGKILL');
      output.flushSync(LAST_WORDS_MS);
      process.kill(process.pid, 'SIGKILL');
    }
    process.exit(code);
  };
}

/** After a fault nobody foresaw nothing is certain: the process ends, and whoever runs it starts it anew. */
function exitOnFaults(logger: Logger, exit: Exit): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ fault, error: describeError(error), stack: placesOf(error) }, 'fault');
      exit(1);
    });
  }
}

/** Warnings of Node stand in the log; to standard error it would write them waiting for its reader. */
function sayWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    logger.warn({ error: describeError(warning) }, 'warning of Node');
  });
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : `Could not start: ${explain(error)}`;
  writeToStandardError(`${text}\n`);
  process.exit(1);
});

function explain(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
