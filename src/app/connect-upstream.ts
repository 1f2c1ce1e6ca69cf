import type { Config, EmbeddedConfig } from '../config/config.js';
import { toDownloadEvent } from '../embedded/api/downloads.js';
import {
  type EmbeddedUpstream,
  startEmbeddedUpstream,
} from '../embedded/start-embedded-upstream.js';
import type { RegionSource } from '../graphql/loaders/loaders.js';
import { createReusingLinkSource, type LinkSource } from '../links/reusing-link-source.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { DownloadLines } from '../audit/download-lines.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { createUpstreamClient, type UpstreamClient } from '../upstream/client.js';
import { createLinkIssuer, type IssueLink } from '../upstream/link-issuer.js';
import { createLimitedCallers, createMemoryBudget } from '../upstream/policy/budget.js';
import type { CredentialSource } from '../upstream/policy/retry.js';
import { createReplyMemory } from '../upstream/reply-memory.js';
import { shareAnswers } from '../upstream/share-answers.js';
import type { Renewal } from './renewal.js';
import { createRenewedCredentials } from './renewed-credentials.js';
import { connectSharing } from './sharing.js';
import type { Closers } from './stop.js';

export interface Observers {
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly downloads: DownloadLines;
  readonly metrics: Metrics;
}

/** The upstream-facing side of the app. */
export interface UpstreamSide {
  /** For everything but links. */
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly links: LinkSource;
  /** Origins of links to the embedded upstream; null for the cloud. */
  readonly linkOrigins: readonly string[] | null;
  readonly regionSource: RegionSource;
}

/**
 * Starts the embedded upstream or connects to the cloud, and creates the client and link source.
 */
export async function connectUpstream(
  config: Config,
  observers: Observers,
  closers: Closers,
  renewal: Renewal | undefined,
  redisTimeoutMs: number | undefined,
): Promise<UpstreamSide> {
  const { logger, metrics } = observers;
  const { source, downloadUrlPath } = config.upstream;
  const embedded =
    source.kind === 'embedded'
      ? await startEmbedded(source, config, observers, closers, renewal)
      : null;
  // The embedded upstream is local and never behind a proxy.
  const connection =
    source.kind === 'jdcloud'
      ? { origin: source.endpoint, proxy: source.proxy }
      : { origin: embedded?.origin ?? '' };
  const limited = createLimitedCallers();
  metrics.upstream.watchLimited(() => limited.count());
  // Without tokens, all requests share one caller.
  const shares = {
    hasShares: config.auth.kind !== 'none',
    onLimited: (callerId: string) => limited.add(callerId),
  };
  const { origin } = connection;
  const shared = await connectSharing({
    ...{ config, origin, shares, logger, renewal, closers, timeoutMs: redisTimeoutMs },
    onSharing: metrics.sharing,
  });
  const renewed =
    source.kind === 'jdcloud' && renewal ? createRenewedCredentials({ renewal }) : undefined;
  const replyMemory = createReplyMemory();
  const client = createUpstreamClient({
    ...config.upstream,
    ...connection,
    credentials: source.credentials,
    credentialSource: renewed,
    budget:
      shared?.budget ??
      createMemoryBudget({ ...shares, maxPerMinute: config.upstream.maxPerMinute }),
    memory: replyMemory,
    logger,
    onAttempt: (attempt) => {
      metrics.upstream.attempted(attempt);
    },
    onUnreadable: metrics.upstream.leftOut,
    onBudgetWait: metrics.upstream.budgetWaited,
    onLimitDecrease: ({ cause }) => {
      metrics.upstream.limitDecreased(cause);
    },
  });
  closers.add(() => client.close(), 'upstream client');
  metrics.upstream.watch(() => client.status());
  const { timeoutMs } = config.upstream;
  const issue = createLinkIssuer({
    client,
    downloadUrlPath,
    namesInstance: embedded !== null,
    timeoutMs,
  });
  const links = createReusingLinkSource({
    issue: renewed ? keptByTheirCredentials(issue, renewed) : issue,
    reuse: config.linkReuse,
    shared: shared?.linkStore,
    now: () => client.now(),
    ...(embedded && { isCurrent: (request, link) => embedded.stillHolds(request, link) }),
    onLink: metrics.links.handedOut,
  });
  renewed?.onChange(() => {
    links.clear();
  });
  return {
    client: shareAnswers({
      client,
      memory: replyMemory,
      reuseMs: config.upstream.listReuseMs,
      onAnswer: metrics.upstream.listed,
    }),
    links,
    linkOrigins: embedded?.linkOrigins ?? null,
    regionSource: embedded ? 'upstream' : 'cloud',
  };
}

/**
 * A link signed by replaced credentials may expire with them, so it is returned but not stored.
 */
function keptByTheirCredentials(issue: IssueLink, source: CredentialSource): IssueLink {
  return async (request, options) => {
    const credentials = source.current();
    const link = await issue(request, options);
    return source.current() === credentials ? link : { ...link, life: null };
  };
}

async function startEmbedded(
  config: EmbeddedConfig,
  app: Config,
  { logger, downloads, metrics }: Observers,
  closers: Closers,
  renewal: Renewal | undefined,
): Promise<EmbeddedUpstream> {
  let { linkSecrets } = config;
  renewal?.onChange(({ upstream: { source } }, changed) => {
    // Without CACHE_KEY, each reading of the settings would generate another secret.
    if (changed.has('CACHE_KEY') && source.kind === 'embedded') linkSecrets = source.linkSecrets;
  });
  const embedded = await startEmbeddedUpstream({
    ...app,
    ...app.upstream,
    config,
    linkSecrets: () => linkSecrets,
    logger,
    onUnsigned: metrics.links.unsigned,
    onDownload: (download) => {
      metrics.links.downloaded(download);
      downloads.add(toDownloadEvent(download));
    },
  });
  closers.add((remainingMs) => embedded.close(remainingMs), 'embedded upstream');
  return embedded;
}
