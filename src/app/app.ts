import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { logAccess } from '../auth/authenticator.js';
import { createRefusals } from '../auth/refusals.js';
import type { Config } from '../config/config.js';
import { programVersion } from '../config/program-version.js';
import type { ConfigFiles } from '../config/load-config.js';
import { codeOf } from '../domain/error-code.js';
import { readDocumentList } from '../graphql/persisted-documents.js';
import { createGraphqlServer } from '../graphql/server.js';
import { createAdmission, refuseEndedTokens, refuseOthers } from '../http/admission.js';
import { createConcurrencyLimit } from '../http/concurrency-limit.js';
import { allowOrigins } from '../http/cors.js';
import { addExplorerRoutes, CLOUD_STORES, readExplorerBuild } from '../http/explorer.js';
import { addMetricsRoute } from '../http/metrics-route.js';
import { observeRequests } from '../http/observe-requests.js';
import { createRefusalReport } from '../http/refusal-report.js';
import { addRoutes, createHttpServer } from '../http/routes.js';
import type { PortServer } from '../http/server/create-server.js';
import { refuseMalformed } from '../http/server/malformed-requests.js';
import { type AuditWriter, createAuditLog } from '../audit/audit-log.js';
import { createDownloadLines } from '../audit/download-lines.js';
import type { Logger } from '../telemetry/logger.js';
import { createMetrics } from '../telemetry/metrics.js';
import { describeError } from '../telemetry/redact.js';
import type { Tracing } from '../telemetry/tracing.js';
import { connectAuthenticator } from './authentication.js';
import { connectUpstream } from './connect-upstream.js';
import { createContextFactory } from './context-factory.js';
import { createRenewal } from './renewal.js';
import { requirePorts } from './require-ports.js';
import { type Closers, createClosers, logFaults } from './stop.js';

/**
 * The share of an upstream call's timeout that writing an audit record can take, up to this number
 * of milliseconds.
 */
const AUDIT_SHARE = 0.5;
const MIN_AUDIT_MS = 500;
/** Milliseconds for the last records once the grace period is over. */
const LAST_RECORDS_MS = 200;

/** Milliseconds in which clients of idle connections can still send a request. */
const LEAST_DRAIN_MS = 250;

/** Limit of distinct operation names in metrics without an allow list. */
const MAX_OPERATION_NAMES = 100;

export interface App {
  /** The origin the server listens on, for example `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly hasPage: boolean;
  /** Lets requests in flight finish, then closes everything. */
  close(): Promise<void>;
}

/** Dependencies supplied by the process that starts the app. */
export interface AppHost {
  readonly logger: Logger;
  /** Closed with the app. */
  readonly auditWriter: AuditWriter;
  /** The number of log lines dropped so far. */
  readonly droppedLogLines?: () => number;
  /** The folder of the built page; if absent, no page is served. */
  readonly explorerDir?: string | undefined;
  /** Secret files, reread while the app runs; absent if there are none. */
  readonly files?: ConfigFiles | undefined;
  /** Milliseconds for one command of Redis, where its own limit does not fit the machine. */
  readonly redisTimeoutMs?: number | undefined;
}

/**
 * Wires the layers together and starts listening. If a step fails, the components already started
 * are closed.
 * @throws Error naming the faulty setting if a port, folder or file is unavailable
 */
export async function startApp(config: Config, host: AppHost): Promise<App> {
  const { logger } = host;
  for (const warning of config.warnings) logger.warn(warning);
  const closers = createClosers();
  const readiness = { ready: true };
  try {
    await requirePorts(config);
    const layers = await startLayers(config, host, closers, () => readiness.ready);
    const origin = await listen(layers, config);
    return {
      origin,
      hasPage: layers.hasPage,
      close: async () => {
        readiness.ready = false;
        await sleep(Math.max(config.http.drainDelayMs, LEAST_DRAIN_MS));
        await layers.server.acceptPending();
        await closers.closeAll(config.http.shutdownGraceMs);
      },
    };
  } catch (error) {
    // The start failure is thrown; failures while closing are only logged.
    await closers.closeAll(0).catch((faults: unknown) => {
      logFaults(logger, faults, 'could not close a component after the failed start');
    });
    throw error;
  }
}

interface Layers {
  readonly server: PortServer;
  readonly hasPage: boolean;
}

async function startLayers(
  config: Config,
  { logger, auditWriter, droppedLogLines = () => 0, explorerDir, files, redisTimeoutMs }: AppHost,
  closers: Closers,
  isReady: () => boolean,
): Promise<Layers> {
  const audit = createAuditLog({
    writer: auditWriter,
    logger,
    onFailed: (records) => metrics.links.auditFailed(records),
    maxWriteMs: Math.max(MIN_AUDIT_MS, config.upstream.timeoutMs * AUDIT_SHARE),
  });
  closers.add((remainingMs) => audit.close(Math.max(remainingMs, LAST_RECORDS_MS)), 'audit log');
  const persistedDocuments = await readDocumentList(config.persistedDocuments);
  const metrics = createMetrics({
    version: programVersion(),
    isReady: () => isReady() && audit.isWritable(),
    droppedLogLines,
    // The allow list already bounds the names.
    maxOperationNames: persistedDocuments === null ? MAX_OPERATION_NAMES : Infinity,
  });
  const tracing = await startTracing(config, logger);
  if (tracing) closers.add(() => tracing.close(), 'traces');
  // The file has already been sent; the audit log itself reports the failure.
  const downloads = createDownloadLines((event) => {
    audit.record(event).catch(() => undefined);
  });
  closers.add(() => downloads.close());
  const observers = { logger, metrics, audit, downloads };
  const renewal = files && createRenewal({ config, files }, logger);
  closers.add(() => renewal?.close());
  const upstream = await connectUpstream(config, observers, closers, renewal, redisTimeoutMs);

  const report = createRefusalReport(metrics.http, logger);
  const server = createHttpServer(config, report, logger);
  const { http } = server;
  http.addHook('onClose', () => {
    report.flush();
  });
  observeRequests(http, { metrics: metrics.http, tracing, logger, isReady });
  allowOrigins(http, config.corsOrigins);
  refuseMalformed(http);
  const apollo = createGraphqlServer({
    config,
    persistedDocuments,
    metrics: metrics.operations,
    logger,
  });
  await apollo.start();
  closers.add(() => apollo.stop(), 'GraphQL server');
  closers.add((remainingMs) => server.close(remainingMs), 'HTTP server');
  logAccess(config.auth, config.host, logger);
  const { auth } = config;
  const localHost = auth.kind === 'none' && !auth.allowAnonymous ? config.host : null;
  const admitMachine = refuseOthers(localHost);
  const build = explorerDir === undefined ? null : await readExplorerBuild(explorerDir);
  addExplorerRoutes(http, {
    build,
    settings: { mySqlLinkExpiry: config.mySqlLinkExpiry, hasQueryEditor: config.introspection },
    stores: upstream.linkOrigins ?? CLOUD_STORES,
    admit: admitMachine,
  });
  const refusals = createRefusals({ logger, metrics: metrics.tokens });
  http.addHook('onClose', () => {
    refusals.flush();
  });
  addRoutes(http, {
    apollo,
    limit: createConcurrencyLimit({
      maxRequests: config.http.maxConcurrentRequests,
      onRefused: () => {
        report.refused('requests');
      },
    }),
    onBodyRefused: () => {
      report.refused('bodies');
    },
    admit: createAdmission({
      refusals,
      authenticate: connectAuthenticator(config.auth, observers, closers, renewal),
      localHost,
    }),
    refuseEndedTokens: refuseEndedTokens(refusals),
    trustedProxies: config.trustedProxies,
    queryEditor: config.introspection,
    isReady,
    isAuditWritable: () => audit.isWritable(),
    createContext: createContextFactory(config, upstream, observers),
  });
  addMetricsRoute(http, {
    metrics,
    allowed: config.metricsReaders,
    trustedProxies: config.trustedProxies,
    admit: admitMachine,
  });
  return { server, hasPage: build !== null };
}

async function listen({ server }: Layers, { host, port }: Config): Promise<string> {
  try {
    const all = host === 'localhost' ? await lookup(host, { all: true }) : [];
    const addresses = all.map(({ address }) => address);
    return (await server.listen(host, port, addresses)).origin;
  } catch (cause) {
    throw new Error(
      `cannot listen on HOST ${host}, PORT ${port}: ${codeOf(cause) ?? 'unknown reason'}`,
      { cause },
    );
  }
}

/**
 * Null if tracing is off, which avoids loading its large libraries. Failures are logged and do not
 * stop the product.
 */
async function startTracing({ tracing }: Config, logger: Logger): Promise<Tracing | null> {
  if (!tracing) return null;
  try {
    const { createOtelTracing } = await import('../telemetry/otel-tracing.js');
    return createOtelTracing(tracing, logger);
  } catch (error) {
    logger.warn({ error: describeError(error) }, 'tracing disabled: could not set up the exporter');
    return null;
  }
}
