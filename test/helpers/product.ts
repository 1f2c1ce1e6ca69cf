import { fileURLToPath } from 'node:url';
import { type App, type AppHost, startApp } from '../../src/app/app.js';
import { loadConfig } from '../../src/config/load-config.js';
import { openAuditFile } from '../../src/audit/audit-file.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { closing } from './closing.js';
import { cloudAt } from './product-process.js';
import {
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  startScriptedUpstream,
} from './scripted-upstream.js';
import { parsedLines, type Service, serviceAt } from './service.js';

/** A parsed audit record. */
export type AuditRow = Readonly<Record<string, unknown>>;

/** The whole product on a free port, with its log output. */
export interface Product extends App, Service {
  readonly origin: string;
  readonly log: readonly string[];
  /** The parsed lines of the log of at least this level. */
  readonly lines: (level?: number) => readonly any[];
  /** The audit records so far, if AUDIT_LOG is not set. */
  audit(): readonly AuditRow[];
}

const EXPLORER_DIR = fileURLToPath(new URL('../../dist/explorer', import.meta.url));

/** Calls that take long on a busy machine are no failures. */
const PATIENT = { UPSTREAM_TIMEOUT_MS: '30000', UPSTREAM_ATTEMPT_TIMEOUT_MS: '20000' };

const NO_REUSE = { LINK_REUSE: '0', LIST_REUSE_MS: '0' };

export interface UsedProduct {
  readonly upstream: ScriptedUpstream;
  readonly product: Product;
  readonly query: Product['query'];
}

/** Starts a scripted upstream, and the product in front of it with settings `env`. */
export async function useProduct({
  env,
  ...script
}: ScriptedUpstreamOptions & {
  readonly env?: Record<string, string>;
} = {}): Promise<UsedProduct> {
  const upstream = await startScriptedUpstream(script);
  const product = await startProductAt(upstream.origin, env);
  return { upstream, product, query: product.query };
}

/** Starts the product with an upstream at `origin` and without reuse of links and lists. */
export function startProductAt(
  origin: string,
  env: Record<string, string> = {},
  host: Pick<AppHost, 'redisTimeoutMs'> = {},
): Promise<Product> {
  return startProduct({ ...cloudAt(origin), ...NO_REUSE, ...env }, host);
}

/** Starts the product with the given settings, on free ports. */
export async function startProduct(
  env: Record<string, string>,
  host: Pick<AppHost, 'redisTimeoutMs'> = {},
): Promise<Product> {
  const log: string[] = [];
  const given = { PORT: '0', EMBEDDED_PORT: '0', LOG_LEVEL: 'debug', ...PATIENT, ...env };
  const { config, files } = await loadConfig(given);
  const logger = createLogger(config.logLevel, { write: (line) => void log.push(line) });
  const audit: string[] = [];
  const memory = { write: (lines: string) => Promise.resolve(void audit.push(lines)) };
  const auditWriter = (await openAuditFile(config.audit)) ?? {
    ...memory,
    close: () => Promise.resolve(),
  };
  const app = await startApp(config, {
    logger,
    auditWriter,
    explorerDir: EXPLORER_DIR,
    files,
    ...host,
  });
  return {
    ...app,
    ...serviceAt(app.origin),
    close: closing(() => app.close()),
    log,
    audit: () => toAuditRows(audit.join('')),
    lines: (level) => parsedLines(log, level),
  };
}

/** Parses audit records, one per line. */
export function toAuditRows(text: string): AuditRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRow);
}
