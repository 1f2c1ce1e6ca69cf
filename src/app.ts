import { isNativeError } from 'node:util/types';
import type { CloudConfig, Config, EmbeddedConfig } from './config/config.js';
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
import { addRoutes, createHttpServer } from './graphql/http-server.js';
import { createLoaders } from './graphql/loaders/loaders.js';
import { narrowLoaders } from './graphql/loaders/narrow-loaders.js';
import { readPersistedOperations } from './graphql/persisted-operations/read-persisted-operations.js';
import { type AuditLog, createAuditLog } from './telemetry/audit-log.js';
import { plainAddress } from './telemetry/audit-record.js';
import type { AuditSink } from './telemetry/audit-sink.js';
import type { Logger } from './telemetry/logger.js';
import { createUpstreamClient, type UpstreamClientOptions } from './upstream/client.js';
import { createLinkIssuer } from './upstream/link-issuer.js';
import { createOperations } from './upstream/operations/create-operations.js';

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
  const { source, downloadUrlPath, timeZone } = config.upstream;
  const audit = createAuditLog({ sink: auditSink, logger });
  const embedded =
    source.kind === 'embedded' ? await startEmbedded(source, config, logger, audit) : null;
  const client = createUpstreamClient({
    ...config.upstream,
    ...connectionOf(source, embedded),
    credentials: source.credentials,
    logger,
  });
  const links = createLinkIssuer({
    client,
    downloadUrlPath,
    credentialExpiresAt: source.credentials.expiresAt,
  });
  const operations = createOperations({ timeZone });

  const persistedOperations = await readPersistedOperations(config.persistedOperations);

  let ready = true;
  const http = createHttpServer(config, logger);
  const apollo = createApollo({ http, config, persistedOperations, logger });
  await apollo.start();
  announceCallers(config.auth, logger);
  addRoutes(http, {
    apollo,
    admit: createAdmission({
      authenticate: createAuthenticator(config.auth, { logger }),
      localHost: config.auth.kind === 'none' && !config.auth.allowAnonymous ? config.host : null,
    }),
    queryEditor: config.introspection,
    isReady: () => ready,
    createContext: ({ caller, clientAddress, requestId, signal }) => ({
      caller,
      mySqlLinkExpiry: config.mySqlLinkExpiry,
      recordLink: (attempt) =>
        audit.record({
          event: 'link.issue',
          caller: caller.id,
          ...attempt,
          clientAddress: plainAddress(clientAddress),
          httpRequestId: requestId,
        }),
      loaders: narrowLoaders(
        createLoaders({ client, operations, links, limits: config.queryLimits, signal }),
        caller,
      ),
    }),
  });

  const close = async (): Promise<void> => {
    ready = false;
    await apollo.stop();
    await http.close();
    await client.close();
    await embedded?.close();
    await audit.close();
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

function startEmbedded(
  config: EmbeddedConfig,
  { host, mySqlLinkExpiry, upstream: { timeZone } }: Config,
  logger: Logger,
  audit: AuditLog,
): Promise<EmbeddedUpstream> {
  const onDownload = (download: DownloadRecord): void => {
    // The file is out already; that it is not recorded stands in the log.
    audit.record(toDownloadEvent(download)).catch(() => undefined);
  };
  return startEmbeddedUpstream({ config, host, mySqlLinkExpiry, timeZone, logger, onDownload });
}

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
