import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import type { FastifyInstance } from 'fastify';
import { type Closers, createClosers, faultsOf } from './app/closers.js';
import { connectUpstream, type Observers, type UpstreamSide } from './app/connect-upstream.js';
import { fetchKeysThroughProxy } from './app/fetch-keys.js';
import { createRenewal, type Renewal } from './app/renewal.js';
import { announceCallers } from './auth/announce.js';
import { type Authenticate, createAuthenticator } from './auth/authenticator.js';
import { createRefusals } from './auth/refusals.js';
import type { AuthConfig, Config } from './config/config.js';
import type { ConfigFiles } from './config/load-config.js';
import { createAdmission, refuseOthers } from './graphql/admission.js';
import { allowOrigins } from './graphql/allow-origins.js';
import { createApollo } from './graphql/apollo.js';
import { boundRequests } from './graphql/bound-requests.js';
import type { Context } from './graphql/context.js';
import { readExplorerBuild } from './graphql/explorer/explorer-build.js';
import { CLOUD_STORES } from './graphql/explorer/explorer-policy.js';
import { addExplorerRoutes } from './graphql/explorer/explorer-routes.js';
import { addRoutes, createHttpServer, type RequestFacts } from './graphql/http-server.js';
import { createAnswerBudget } from './graphql/limits/answer-budget.js';
import { createEngineMemory } from './graphql/loaders/engine-memory.js';
import { createLoaders } from './graphql/loaders/loaders.js';
import { narrowLoaders } from './graphql/loaders/narrow-loaders.js';
import { addMetricsRoute } from './graphql/metrics-route.js';
import { createNodeServers, type NodeServers } from './graphql/node-servers.js';
import { observeRequests } from './graphql/observe-requests.js';
import { readPersistedOperations } from './graphql/persisted-operations/read-persisted-operations.js';
import { refuseMalformed } from './graphql/refuse-malformed.js';
import { createRefusalReport } from './graphql/report-refusals.js';
import { createTurns } from './http/turns.js';
import { createAuditLog } from './telemetry/audit-log.js';
import { toLinkIssueEvent } from './telemetry/audit-record.js';
import type { AuditSink } from './telemetry/audit-sink.js';
import type { Logger } from './telemetry/logger.js';
import { createMetrics } from './telemetry/metrics/metrics.js';
import { describeError } from './telemetry/redact.js';
import { startTracing } from './telemetry/tracing/tracing.js';
import { createOperations } from './upstream/operations/create-operations.js';

/** Where the build puts the explorer; the same from `src`, `build` and `dist`. */
const EXPLORER_DIR = fileURLToPath(new URL('../dist/explorer', import.meta.url));

/** The part of the time for an upstream call that writing a record may take, at least so many ms. */
const AUDIT_SHARE = 0.5;
const MIN_AUDIT_MS = 500;
/** What the last records may take when the grace period is used up, in milliseconds. */
const LAST_RECORDS_MS = 200;

/** Without a list of operations, this many names of them are told apart in metrics. */
const MAX_OPERATION_NAMES = 100;

export interface App {
  /** Where the server listens, as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** Lets requests in flight finish, then closes everything. */
  close(): Promise<void>;
}

/** Where the process writes to. */
export interface Sinks {
  readonly logger: Logger;
  readonly auditSink: AuditSink;
  /** How many lines of the log could not be written so far. */
  readonly droppedLogLines?: () => number;
}

/**
 * Puts the layers together and starts listening. What has been started is closed again where a later
 * step fails.
 * @param sinks of which the audit's is closed with the app
 * @param files of secrets, which are read again while it runs; absent where there are none
 * @throws Error naming the setting at fault where a port, a folder or a file cannot be had
 */
export async function startApp(config: Config, sinks: Sinks, files?: ConfigFiles): Promise<App> {
  const { logger } = sinks;
  for (const warning of config.warnings) logger.warn(warning);
  const closers = createClosers();
  const readiness = { ready: true };
  try {
    const layers = await startLayers(config, sinks, closers, () => readiness.ready, files);
    const origin = await listen(layers, config);
    return {
      origin,
      close: async () => {
        readiness.ready = false;
        await sleep(config.http.drainDelayMs);
        await layers.servers.stopListening();
        await closers.closeAll(config.http.shutdownGraceMs);
      },
    };
  } catch (error) {
    // Why it could not start is what counts; the rest is for the log.
    await closers.closeAll(0).catch((faults: unknown) => {
      for (const fault of faultsOf(faults)) {
        logger.error({ error: describeError(fault) }, 'could not close what had been started');
      }
    });
    throw error;
  }
}

interface Layers {
  readonly http: FastifyInstance;
  readonly servers: NodeServers;
}

async function startLayers(
  config: Config,
  { logger, auditSink, droppedLogLines = () => 0 }: Sinks,
  closers: Closers,
  isReady: () => boolean,
  files: ConfigFiles | undefined,
): Promise<Layers> {
  const audit = createAuditLog({
    sink: auditSink,
    logger,
    onFailed: (records) => {
      metrics.links.auditFailed(records);
    },
    maxWriteMs: Math.max(MIN_AUDIT_MS, config.upstream.timeoutMs * AUDIT_SHARE),
  });
  closers.add((remainingMs) => audit.close(Math.max(remainingMs, LAST_RECORDS_MS)), 'audit log');
  const persistedOperations = await readPersistedOperations(config.persistedOperations);
  const metrics = createMetrics({
    isReady: () => isReady() && audit.isWritable(),
    droppedLogLines,
    // A list bounds the names by itself.
    maxOperationNames: persistedOperations === null ? MAX_OPERATION_NAMES : Infinity,
  });
  const tracing = await startTracing(config.tracing, logger);
  if (tracing) closers.add(() => tracing.close(), 'traces');
  const observers = { logger, metrics, audit };
  const renewal = files && createRenewal({ config, files, logger });
  closers.add(() => {
    renewal?.close();
    return Promise.resolve();
  });
  const upstream = await connectUpstream(config, observers, closers, renewal);

  const turns = createTurns();
  const report = createRefusalReport(metrics.http, logger);
  const servers = createNodeServers(config.http, {
    onRefused: report.refused,
    onConnection: turns.arrived,
  });
  const http = createHttpServer(config, servers, logger);
  http.addHook('onClose', () => {
    report.flush();
  });
  closers.add(() => http.close(), 'HTTP server');
  observeRequests(http, { metrics: metrics.http, tracing, logger, isReady });
  allowOrigins(http, config.corsOrigins);
  refuseMalformed(http);
  const apollo = createApollo({
    http,
    config,
    persistedOperations,
    metrics: metrics.operations,
    logger,
  });
  await apollo.start();
  closers.add(() => apollo.stop(), 'GraphQL server');
  announceCallers(config.auth, config.host, logger);
  const { auth } = config;
  const localHost = auth.kind === 'none' && !auth.allowAnonymous ? config.host : null;
  const admitMachine = refuseOthers(localHost);
  addExplorerRoutes(http, {
    build: await readExplorerBuild(EXPLORER_DIR),
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
    turns,
    bound: boundRequests({
      maxRequests: config.http.maxConcurrentRequests,
      onRefused: () => {
        report.refused('requests');
      },
    }),
    admit: createAdmission({
      refusals,
      authenticate: connectAuthenticator(config.auth, observers, closers, renewal),
      localHost,
    }),
    trustedProxies: config.trustedProxies,
    queryEditor: config.introspection,
    isReady,
    isAuditWritable: () => audit.isWritable(),
    createContext: contextFactory(config, upstream, observers),
  });
  addMetricsRoute(http, {
    metrics,
    allowed: config.metricsReaders,
    trustedProxies: config.trustedProxies,
    admit: admitMachine,
  });
  return { http, servers };
}

/** A new secret of tokens takes the place of the old one at once: that one may have become known. */
function connectAuthenticator(
  auth: AuthConfig,
  { logger, metrics }: Observers,
  closers: Closers,
  renewal: Renewal | undefined,
): Authenticate {
  const options = { logger, metrics: metrics.tokens };
  const fetchKeys = fetchKeysThroughProxy(auth, closers);
  let authenticate = createAuthenticator(auth, { ...options, fetchKeys });
  renewal?.onChange((config, changed) => {
    if (changed.has('AUTH_JWT_SECRET')) authenticate = createAuthenticator(config.auth, options);
  });
  return renewal ? (authorization) => authenticate(authorization) : authenticate;
}

/** Makes the context of one request: its loaders, as its caller may use them, and its records. */
function contextFactory(
  { mySqlLinkExpiry, publicLinks, queryLimits, upstream: { timeZone } }: Config,
  { client, links, regionSource }: UpstreamSide,
  { audit, metrics }: Observers,
): (request: RequestFacts) => Context {
  const operations = createOperations({ timeZone });
  const engines = createEngineMemory();
  return ({ caller, clientAddress, scope, signal }) => {
    const call = { callerId: caller.id, signal, scope };
    const sources = {
      client,
      operations,
      links,
      engines,
      call,
      regionSource,
      limits: queryLimits,
    };
    const asker = {
      caller: caller.id,
      clientAddress,
      httpRequestId: scope.requestId,
    };
    return {
      caller,
      scope,
      mySqlLinkExpiry,
      publicLinks,
      answer: createAnswerBudget(queryLimits.responseBytes),
      loaders: narrowLoaders(createLoaders(sources), caller, regionSource),
      recordLink: async (attempt) => {
        await audit.record(toLinkIssueEvent(attempt, asker));
        metrics.links.ended(attempt.outcome);
      },
    };
  };
}

async function listen({ http, servers }: Layers, { host, port }: Config): Promise<string> {
  try {
    const origin = await http.listen({ host, port });
    if (host === 'localhost') await servers.listenBeside(http.server);
    return origin;
  } catch (cause) {
    throw new Error(`cannot listen on HOST ${host}, PORT ${port}: ${codeOf(cause)}`, { cause });
  }
}

function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error ? String(error.code) : 'unknown reason';
}
