import { isatty } from 'node:tty';
import { openAuditFile } from '../audit/audit-file.js';
import type { Env } from '../config/env.js';
import { loadConfig } from '../config/load-config.js';
import type { LineWriter } from '../telemetry/line-writer.js';
import { createLogger, type Logger, toDroppingLine, toReadableLine } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';
import {
  AFTER_FAULT,
  createFlushLastLines,
  openStandardStream,
} from '../telemetry/standard-streams.js';
import { type App, startApp } from './app.js';
import { createExit, exitOnFaults, stopOnSignals } from './stop.js';

export interface ServerOptions {
  readonly env: Env;
  readonly standardError: LineWriter;
  /** Undefined if the page is not there. */
  readonly explorerDir: string | undefined;
}

/**
 * Reads the settings, starts the product, and stops it on SIGINT or SIGTERM.
 * @throws ConfigError with all faults of the settings; Error if a component cannot start
 */
export async function runServer({ env, standardError, explorerDir }: ServerOptions): Promise<void> {
  const { config, files } = await loadConfig(env);
  const output = openStandardStream(1, (reason) => {
    standardError.log(toDroppingLine(reason));
    standardError.flushSync(0);
  });
  const flushLastLines = createFlushLastLines(output, standardError);
  process.on('exit', () => {
    flushLastLines(AFTER_FAULT);
  });
  const isTerminal = isatty(1);
  const logger = createLogger(config.logLevel, {
    write: (line) => {
      output.log(isTerminal ? toReadableLine(line) : line);
    },
  });
  let heldMs = (): number => 0;
  const exit = createExit({ logger, flushLastLines, heldMs: () => heldMs() });
  exitOnFaults(logger, exit);
  logWarnings(logger);
  const auditFile = await openAuditFile(config.audit, () => {
    logger.warn('audit file moved or removed; opened a new one');
  });
  if (auditFile) heldMs = () => auditFile.heldMs();
  // Sent by log rotation and closing terminals; by default it would end the process.
  process.on('SIGHUP', () => auditFile?.reopen());
  const starting = startApp(config, {
    logger,
    // Standard output stays open for the last lines.
    auditWriter: auditFile ?? {
      write: (lines) => output.write(lines),
      close: () => Promise.resolve(),
    },
    droppedLogLines: () => output.dropped(),
    explorerDir,
    files,
  });
  // Before startup completes: the first process of a container ignores signals without handlers.
  stopOnSignals(starting, { http: config.http, logger, output, exit });
  const app = await starting;
  const graphql = `${app.origin}/graphql`;
  if (!app.hasPage) logger.warn('the files of the page are missing: / leads to the query editor');
  logger.info({ graphql, upstream: config.upstream.source.kind }, 'ready');
  if (isTerminal) output.log(addressesOf(app, graphql));
}

/** For the person who started it. */
function addressesOf({ origin, hasPage }: App, graphql: string): string {
  const page = hasPage ? `  Page     ${origin}/\n` : '';
  return `\n${page}  GraphQL  ${graphql}\n\nCtrl-C stops the server.\n`;
}

/** Logs Node.js warnings; writing them to standard error would block on its reader. */
function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    logger.warn({ error: describeError(warning) }, 'Node.js warning');
  });
}
