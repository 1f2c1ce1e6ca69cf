import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import type { CloudConfig, Config, EmbeddedConfig, RedisConfig } from './config/config.js';
import type { Secret } from './config/secret.js';
import { toDownloadEvent } from './embedded/downloads/download-event.js';
import type { DownloadRecord } from './embedded/downloads/download-record.js';
import {
  type EmbeddedUpstream,
  startEmbeddedUpstream,
} from './embedded/start-embedded-upstream.js';
import { announceCallers } from './auth/announce.js';
import { createAuthenticator } from './auth/authenticator.js';
import { createAdmission } from './graphql/admission.js';
import { createApollo } from './graphql/apollo.js';
import { CLOUD_STORES } from './graphql/explorer/explorer-policy.js';
import { readExplorerBuild } from './graphql/explorer/explorer-build.js';
import { addExplorerRoutes } from './graphql/explorer/explorer-routes.js';
import { addRoutes, createHttpServer } from './graphql/http-server.js';
import { addMetricsRoute } from './graphql/metrics-route.js';
import { observeRequests } from './graphql/observe-requests.js';
import { createEngineMemory } from './graphql/loaders/engine-memory.js';
import { createLoaders } from './graphql/loaders/loaders.js';
import { narrowLoaders } from './graphql/loaders/narrow-loaders.js';
import { readPersistedOperations } from './graphql/persisted-operations/read-persisted-operations.js';
import { createMemoryLinkStore } from './links/memory-link-store.js';
import { createRedisLinkStore } from './links/redis-link-store.js';
import { createReusingLinkSource } from './links/reusing-link-source.js';
import { connectRedis } from './redis/connect-redis.js';
import { type AuditLog, createAuditLog } from './telemetry/audit-log.js';
import { plainAddress } from './telemetry/audit-record.js';
import type { AuditSink } from './telemetry/audit-sink.js';
import { countedAuditLog } from './telemetry/counted-audit-log.js';
import type { Logger } from './telemetry/logger.js';
import { createMetrics, type Metrics } from './telemetry/metrics/metrics.js';
import { startTracing } from './telemetry/tracing/tracing.js';
import { accountIdOf } from './upstream/account-id.js';
import { createUpstreamClient, type UpstreamClientOptions } from './upstream/client.js';
import { createLinkIssuer } from './upstream/link-issuer.js';
import { observeClient, traceAttempt } from './upstream/observe-client.js';
import { createSharedBudget } from './upstream/policy/budget.js';
import { createOperations } from './upstream/operations/create-operations.js';

/** Where the build puts the explorer; the same from `src` and from `dist`. */
const EXPLORER_DIR = fileURLToPath(new URL('../dist/explorer', import.meta.url));

export interface App {
  /** Where the server listens, as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** Lets requests in flight finish, then closes everything. */
  close(): Promise<void>;
}

/**
 * Puts the layers together and starts listening.
 * @param auditSink is closed with the app
 * @throws Error naming the setting at fault where a port or the folder cannot be had
 */
export async function startApp(config: Config, logger: Logger, auditSink: AuditSink): Promise<App> {
  const persistedOperations = await readPersistedOperations(config.persistedOperations);
  const { source, downloadUrlPath, timeZone } = config.upstream;
  let ready = true;
  const isReady = (): boolean => ready;
  const metrics = createMetrics({
    isReady,
    // A list bounds the names by itself.
    maxOperationNames: persistedOperations === null ? MAX_OPERATION_NAMES : Infinity,
  });
  const tracing = await startTracing(config.tracing, logger);
  const audit = countedAuditLog(createAuditLog({ sink: auditSink, logger }), metrics.links);
  const embedded =
    source.kind === 'embedded'
      ? await startEmbedded(source, config, { logger, audit, metrics })
      : null;
  const connection = connectionOf(source, embedded);
  const shared = config.redis && connectShared(config.redis, config, connection.origin, logger);
  const upstreamClient = createUpstreamClient({
    ...config.upstream,
    ...connection,
    credentials: source.credentials,
    budget: shared?.budget,
    logger,
    onAttempt: (attempt) => {
      metrics.upstream.attempted(attempt);
      traceAttempt(attempt);
    },
    onBudgetWait: () => {
      metrics.upstream.budgetWaited();
    },
  });
  metrics.upstream.watch(() => upstreamClient.status());
  const client = observeClient(upstreamClient);
  const issuer = createLinkIssuer({
    client,
    downloadUrlPath,
    credentialExpiresAt: source.credentials.expiresAt,
  });
  const links = createReusingLinkSource({
    issue: (request, options) => issuer.issue(request, options),
    reuse: config.linkReuse,
    stores: [createMemoryLinkStore(), ...(shared ? [shared.linkStore] : [])],
    onLink: (origin) => {
      metrics.links.handedOut(origin);
    },
  });
  const engines = createEngineMemory();
  const operations = createOperations({ timeZone });

  const http = createHttpServer(config, logger);
  observeRequests(http, { metrics: metrics.http, tracing, logger, isReady });
  const apollo = createApollo({
    http,
    config,
    persistedOperations,
    metrics: metrics.operations,
    logger,
  });
  await apollo.start();
  announceCallers(config.auth, logger);
  addExplorerRoutes(http, {
    build: await readExplorerBuild(EXPLORER_DIR),
    settings: { mySqlLinkExpiry: config.mySqlLinkExpiry, hasQueryEditor: config.introspection },
    stores: embedded?.linkOrigins ?? CLOUD_STORES,
  });
  addRoutes(http, {
    apollo,
    admit: createAdmission({
      authenticate: createAuthenticator(config.auth, { logger }),
      localHost: config.auth.kind === 'none' && !config.auth.allowAnonymous ? config.host : null,
    }),
    queryEditor: config.introspection,
    isReady,
    createContext: ({ caller, clientAddress, requestId, signal }) => ({
      caller,
      mySqlLinkExpiry: config.mySqlLinkExpiry,
      recordLink: async (attempt) => {
        await audit.record({
          event: 'link.issue',
          caller: caller.id,
          ...attempt,
          clientAddress: plainAddress(clientAddress),
          httpRequestId: requestId,
        });
        metrics.links.ended(attempt.outcome);
      },
      loaders: narrowLoaders(
        createLoaders({
          client,
          operations,
          links,
          engines,
          limits: config.queryLimits,
          callerId: caller.id,
          signal,
        }),
        caller,
      ),
    }),
  });

  addMetricsRoute(http, metrics);

  const close = async (): Promise<void> => {
    const { drainDelayMs, shutdownGraceMs } = config.http;
    ready = false;
    if (http.server.listening) await sleep(drainDelayMs);
    const end = performance.now() + shutdownGraceMs;
    await apollo.stop();
    await http.close();
    await client.close();
    await shared?.close();
    await embedded?.close(Math.max(0, end - performance.now()));
    await audit.close();
    await tracing?.close();
  };
  try {
    return { origin: await http.listen({ host: config.host, port: config.port }), close };
  } catch (cause) {
    await close();
    throw new Error(`cannot listen on HOST ${config.host}, PORT ${config.port}: ${codeOf(cause)}`, {
      cause,
    });
  }
}

/** Without a list of operations, this many names of them are told apart in metrics. */
const MAX_OPERATION_NAMES = 100;

interface Observers {
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
}

function startEmbedded(
  config: EmbeddedConfig,
  { host, mySqlLinkExpiry, upstream: { timeZone } }: Config,
  { logger, audit, metrics }: Observers,
): Promise<EmbeddedUpstream> {
  const onDownload = (download: DownloadRecord): void => {
    metrics.links.downloaded(download);
    // The file is out already; that it is not recorded stands in the log.
    audit.record(toDownloadEvent(download)).catch(() => undefined);
  };
  return startEmbeddedUpstream({ config, host, mySqlLinkExpiry, timeZone, logger, onDownload });
}

/** What this process shares with others on a Redis. */
function connectShared(
  { url, cacheKeys: [first, ...others] }: RedisConfig,
  { upstream: { source, maxPerMinute } }: Config,
  origin: string,
  logger: Logger,
) {
  const { redis, close } = connectRedis(url, logger);
  const account = accountIdOf(origin, source.credentials.accessKeyId);
  const secrets = [bytesOf(first), ...others.map(bytesOf)] as const;
  return {
    budget: createSharedBudget({ redis, account, maxPerMinute }),
    linkStore: createRedisLinkStore({ redis, account, secrets }),
    close,
  };
}

const bytesOf = (key: Secret): Buffer => Buffer.from(key.reveal(), 'base64');

/** The embedded upstream is on this machine and never behind a proxy. */
function connectionOf(
  source: EmbeddedConfig | CloudConfig,
  embedded: EmbeddedUpstream | null,
): Pick<UpstreamClientOptions, 'origin' | 'proxy'> {
  if (source.kind === 'jdcloud') return { origin: source.endpoint, proxy: source.proxy };
  return { origin: embedded?.origin ?? '' };
}

function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error ? String(error.code) : 'unknown reason';
}
