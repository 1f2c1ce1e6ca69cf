import type { EmbeddedConfig, LinkSecrets } from '../config/config.js';
import { silenceSdkVersionWarning } from '../config/env.js';
import { isWildcard } from '../config/host-scope.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import { hasCode } from '../domain/error-code.js';
import type { LinkedFile, LinkRequest } from '../domain/link.js';
import type { ServerLimits } from '../http/server/create-server.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import { stillHolds } from './api/describe-backup-download-url.js';
import { addDownloads, type DownloadRecord } from './api/downloads.js';
import { addOperations, createApiServer, type UnsignedKind } from './api/routes.js';
import { type FolderStoreOptions, openFolderStore } from './folder/folder-store.js';
import type { FileService, OwnAddresses, Store } from './store.js';

export interface EmbeddedUpstreamOptions {
  readonly config: EmbeddedConfig;
  /** The current secrets of links; those of `config` by default. */
  readonly linkSecrets?: () => LinkSecrets;
  /** Address to listen on. */
  readonly host: string;
  /** Limits of connections. */
  readonly http: Omit<ServerLimits, 'maxConnections'>;
  /** The number of trusted proxies in front of the port. */
  readonly trustedProxies?: number;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** UTC offset of times without a time zone, for example `+08:00`. */
  readonly timeZone: string;
  /** Milliseconds a caller waits for a response of the REST API. */
  readonly attemptTimeoutMs: number;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** A monotonic clock, in milliseconds. */
  readonly monotonic?: () => number;
  /** Called once at the end of every request by a link issued here, including rejected ones. */
  readonly onDownload: (record: DownloadRecord) => void;
  /** Called for every request without a valid signature. */
  readonly onUnsigned?: (kind: UnsignedKind) => void;
  /** Opens files. */
  readonly open?: FolderStoreOptions['open'];
}

export interface EmbeddedUpstream {
  /** Origin of the REST API for local clients. */
  readonly origin: string;
  /** Origins of issued links. */
  readonly linkOrigins: readonly string[];
  /** Whether the file facts of an earlier link still hold. @throws ApiError */
  stillHolds(request: LinkRequest, file: LinkedFile): Promise<boolean>;
  /** Stops; downloads in progress have `graceMs` milliseconds (default 10,000) to finish. */
  close(graceMs?: number): Promise<void>;
}

/** Connections besides downloads: the product's own API calls and waiting clients. */
const OTHER_CONNECTIONS = 1024;

/**
 * Starts the embedded upstream: the signed REST API and downloads for the store of own backups.
 * @throws Error naming the faulty setting if the port is in use or the store is unusable
 */
export async function startEmbeddedUpstream(
  options: EmbeddedUpstreamOptions,
): Promise<EmbeddedUpstream> {
  const { config, host, mySqlLinkExpiry, trustedProxies = 0, logger, onDownload } = options;
  const { now = () => new Date(), monotonic, onUnsigned = () => undefined } = options;
  const { maxDownloads } = config;
  const stalled = byRate((count) => {
    logger.info({ count }, 'disconnected stalled clients of the embedded upstream');
  });
  const unsigned = {
    api: byRate((count) => {
      logger.warn(
        { count },
        'rejected requests to the embedded upstream without a valid signature',
      );
    }),
    download: byRate((count) => {
      logger.warn(
        { count },
        'rejected links that this process did not sign: altered, signed before a restart, or by a replica with another EMBEDDED_LINK_SECRET',
      );
    }),
  };
  const server = createApiServer({
    limits: { ...options.http, maxConnections: 2 * maxDownloads + OTHER_CONNECTIONS },
    logger,
    now,
    onStalled: stalled.happened,
    onUnsigned: (kind) => {
      onUnsigned(kind);
      unsigned[kind].happened();
    },
  });
  const store = await openStore({ ...options, now });
  const { catalogue } = store;
  // Known once the port is.
  let service: FileService;
  const files = () => service;
  addOperations(server.http, {
    catalogue,
    files,
    mySqlLinkExpiry,
    credentials: config.credentials,
    logger,
    now,
  });
  const downloads = addDownloads(server.http, {
    files,
    maxDownloads,
    trustedProxies,
    logger,
    onDownload,
    monotonic,
  });
  try {
    // `localhost`, of which internal links are, can mean either.
    const others = ['127.0.0.1', 'localhost'].includes(host) ? ['127.0.0.1', '::1'] : [];
    const { port } = await server.listen(host, config.port, others);
    const addresses = ownAddresses(host, port);
    service = store.servedAt(addresses);
    return {
      origin: addresses.origin,
      linkOrigins: service.linkOrigins,
      stillHolds: (request, file) => stillHolds(catalogue, service, request, file),
      async close(graceMs = 10_000) {
        await server.close(graceMs);
        // A download is recorded and its file closed just after its last byte.
        await downloads.ended();
        await store.close();
        for (const line of [unsigned.api, unsigned.download, stalled]) line.flush();
      },
    };
  } catch (cause) {
    await server.close(0);
    await store.close();
    if (!hasCode(cause, 'EADDRINUSE', 'EACCES')) throw cause;
    throw new Error(
      `The embedded upstream cannot listen on ${host}, port ${config.port}: the port is in use or not permitted. ` +
        'Set EMBEDDED_PORT to a free port, or to 0 for any.',
      { cause },
    );
  }
}

/** The client of object storage is large and loaded only for a bucket. */
async function openStore(
  options: EmbeddedUpstreamOptions & { readonly now: () => Date },
): Promise<Store> {
  const { config, linkSecrets = () => config.linkSecrets } = options;
  const { store, publicUrl, internalUrl } = config;
  if (store.kind === 'folder') return openFolderStore({ ...options, ...store, linkSecrets });
  silenceSdkVersionWarning();
  const { openBucketStore } = await import('./bucket/bucket-store.js');
  return openBucketStore({ ...options, config: store, publicUrl, internalUrl });
}

/** Two local addresses of the server. */
function ownAddresses(host: string, port: number): OwnAddresses {
  if (!isWildcard(host) && !['127.0.0.1', 'localhost'].includes(host)) {
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { origin, localhost: origin };
  }
  return { origin: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}` };
}
