import type { CloudConfig, Config, EmbeddedConfig } from './config/config.js';
import {
  type EmbeddedUpstream,
  startEmbeddedUpstream,
} from './embedded/start-embedded-upstream.js';
import { createApollo } from './graphql/apollo.js';
import { addRoutes, createHttpServer } from './graphql/http-server.js';
import { createLoaders } from './graphql/loaders/loaders.js';
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
 * @throws Error naming the setting at fault where a port or the folder cannot be had
 */
export async function startApp(config: Config, logger: Logger): Promise<App> {
  const { source, downloadUrlPath, timeZone } = config.upstream;
  const embedded = source.kind === 'embedded' ? await startEmbedded(source, config, logger) : null;
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

  let ready = true;
  const http = createHttpServer(logger);
  const apollo = createApollo(http, logger);
  await apollo.start();
  addRoutes(http, {
    apollo,
    isReady: () => ready,
    createContext: (signal) => ({
      mySqlLinkExpiry: config.mySqlLinkExpiry,
      loaders: createLoaders({
        client,
        operations,
        links,
        maxLinks: config.maxLinksPerOperation,
        signal,
      }),
    }),
  });

  const close = async (): Promise<void> => {
    ready = false;
    await apollo.stop();
    await client.close();
    await embedded?.close();
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
): Promise<EmbeddedUpstream> {
  return startEmbeddedUpstream({ config, host, mySqlLinkExpiry, timeZone, logger });
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
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
