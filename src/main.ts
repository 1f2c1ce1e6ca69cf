import { startApp } from './app.js';
import { ConfigError, toConfig } from './config/config.js';
import { readEnv } from './config/env.js';
import { createLogger } from './telemetry/logger.js';
import { describeError } from './telemetry/redact.js';

/** Reads the settings, starts the product, and stops it on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = toConfig(readEnv());
  const logger = createLogger(config.logLevel);
  const app = await startApp(config, logger);
  logger.info({ graphql: `${app.origin}/graphql`, upstream: config.upstream.source.kind }, 'ready');

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal means: now.
      if (stopping) process.exit(1);
      stopping = true;
      logger.info({ signal }, 'stopping');
      app.close().then(
        () => {
          logger.info('stopped');
          process.exitCode = 0;
        },
        (error: unknown) => {
          logger.error({ error: describeError(error) }, 'could not stop cleanly');
          process.exit(1);
        },
      );
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
