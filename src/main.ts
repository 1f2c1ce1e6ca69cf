import { type App, startApp } from './app.js';
import type { HttpConfig } from './config/config.js';
import { ConfigError, toConfig } from './config/to-config.js';
import { readEnv } from './config/env.js';
import { readSecretFiles } from './config/secret-files.js';
import { openAuditSink } from './telemetry/audit-sink.js';
import { createLogger, type Logger } from './telemetry/logger.js';
import { describeError, placesOf } from './telemetry/redact.js';

/** Reads the settings, starts the product, and stops it on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const env = readEnv();
  const config = toConfig(env, await readSecretFiles(env));
  const logger = createLogger(config.logLevel);
  exitOnFaults(logger);
  const auditSink = await openAuditSink(config.audit);
  const starting = startApp(config, logger, auditSink);
  // Before it is ready: as the first process of a container it would not hear a signal otherwise.
  stopOnSignals(starting, config.http, logger);
  const app = await starting;
  if (config.audit.log.kind === 'file') {
    // What tools that rotate logs send; without the listener it would end the process.
    process.on('SIGHUP', () => {
      auditSink.reopen();
    });
  }

  logger.info({ graphql: `${app.origin}/graphql`, upstream: config.upstream.source.kind }, 'ready');
}

/** The first signal stops in order, once everything is started; a second one at once. */
function stopOnSignals(
  starting: Promise<App>,
  { drainDelayMs, shutdownGraceMs }: HttpConfig,
  logger: Logger,
) {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(
      () => {
        logger.error('could not stop in time');
        process.exit(1);
      },
      drainDelayMs + shutdownGraceMs + SPARE_MS,
    ).unref();
    try {
      await (await starting).close();
    } catch (error) {
      logger.error({ error: describeError(error) }, 'could not stop cleanly');
      process.exit(1);
    }
    logger.info('stopped');
    // Whatever a library has left open must not hold up the exit.
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void stop(signal));
  }
}

/** Beyond the time for requests, what closing everything else may take; milliseconds. */
const SPARE_MS = 3000;

/** After a fault nobody foresaw nothing is certain: the process ends, and whoever runs it starts it anew. */
function exitOnFaults(logger: Logger): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ fault, error: describeError(error), stack: placesOf(error) }, 'fault');
      process.exit(1);
    });
  }
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : `Could not start: ${explain(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});

function explain(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
