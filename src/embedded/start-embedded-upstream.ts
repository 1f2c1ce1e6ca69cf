import type { IncomingMessage } from 'node:http';
import type { EmbeddedConfig, HttpConfig, LinkSecrets } from '../config/config.js';
import { isWildcard } from '../config/host-scope.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import { clientAddressOf } from '../http/connections/client-address.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { DownloadRecord } from './api/download-record.js';
import type { FolderStoreOptions } from './folder/folder-store.js';
import { listen } from './api/listen.js';
import { createRequestHandler, type UnsignedKind } from './request-handler.js';
import type { LinkedFile, LinkRequest } from '../domain/link.js';
import { stillHolds } from './still-holds.js';
import { createRoutes } from './api/routes.js';
import { openStore } from './open-store.js';
import type { OwnAddresses } from './store.js';

export interface EmbeddedUpstreamOptions {
  readonly config: EmbeddedConfig;
  /** The current secrets of links; those of `config` by default. */
  readonly linkSecrets?: () => LinkSecrets;
  /** Address to listen on. */
  readonly host: string;
  /** Connection timeouts; defaults to those of the settings. */
  readonly http?: Pick<HttpConfig, 'keepAliveMs' | 'requestTimeoutMs' | 'stallMs'>;
  /** The number of trusted proxies in front of the port. */
  readonly trustedProxies?: number;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** UTC offset of times without a time zone, for example `+08:00`. */
  readonly timeZone: string;
  /** Milliseconds a caller waits for a response of the REST API. */
  readonly attemptTimeoutMs?: number;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** A monotonic clock, in milliseconds. */
  readonly monotonic?: () => number;
  /** Called once at the end of every request by a link issued here, including rejected ones. */
  readonly onDownload?: (record: DownloadRecord) => void;
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

const DEFAULT_TIMES = { keepAliveMs: 65_000, requestTimeoutMs: 30_000, stallMs: 30_000 };
const DEFAULT_ATTEMPT_MS = 4000;
/** Connections besides downloads: the product's own API calls and waiting clients. */
const OTHER_CONNECTIONS = 1024;

/**
 * Starts the embedded upstream: the signed REST API and downloads for the store of own backups.
 * @throws Error naming the faulty setting if the port is in use or the store is unusable
 */
export async function startEmbeddedUpstream(
  options: EmbeddedUpstreamOptions,
): Promise<EmbeddedUpstream> {
  const { config, host, http = DEFAULT_TIMES, mySqlLinkExpiry, timeZone, logger } = options;
  const { trustedProxies = 0, now = () => new Date(), onDownload = () => undefined } = options;
  const { attemptTimeoutMs = DEFAULT_ATTEMPT_MS } = options;
  const { maxDownloads } = config;
  const cuts = byRate((count) => {
    logger.info({ count }, 'disconnected stalled clients of the embedded upstream');
  });
  const store = await openStore({
    config,
    linkSecrets: options.linkSecrets ?? (() => config.linkSecrets),
    timeZone,
    logger,
    now,
    attemptTimeoutMs,
    maxDownloads,
    addressOf: (request) => clientAddressOf(addressFacts(request), trustedProxies),
    onDownload,
    ...(options.monotonic && { monotonic: options.monotonic }),
    ...(options.open && { open: options.open }),
  });
  const listener = await listen({
    host,
    port: config.port,
    keepAliveMs: http.keepAliveMs,
    requestTimeoutMs: http.requestTimeoutMs,
    maxConnections: 2 * maxDownloads + OTHER_CONNECTIONS,
    stallMs: http.stallMs,
    onStalled: cuts.happened,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const addresses = ownAddresses(host, listener.port);
  const files = store.servedAt(addresses);
  const unsigned = byRate((count) => {
    logger.warn({ count }, 'rejected requests to the embedded upstream without a valid signature');
  });
  const mismatched = byRate((count) => {
    logger.warn(
      { count },
      'rejected links that this process did not sign: altered, signed before a restart, or by a replica with another EMBEDDED_LINK_SECRET',
    );
  });
  const handle = createRequestHandler({
    findOperation: createRoutes(store.catalogue, { files, mySqlLinkExpiry, logger }),
    download: files.download,
    credentials: config.credentials,
    logger,
    now,
    onUnsigned: (kind) => {
      options.onUnsigned?.(kind);
      (kind === 'download' ? mismatched : unsigned).happened();
    },
  });
  const running = new Set<Promise<void>>();
  listener.serve((request, response) => {
    const answer = handle(request, response).finally(() => running.delete(answer));
    running.add(answer);
  });
  return {
    origin: addresses.origin,
    linkOrigins: files.linkOrigins,
    stillHolds: (request, file) => stillHolds(store.catalogue, files, request, file),
    async close(graceMs = 10_000) {
      await listener.close(graceMs);
      // A download is recorded and its file closed just after its last byte.
      await Promise.all(running);
      await store.close();
      unsigned.flush();
      mismatched.flush();
      cuts.flush();
    },
  };
}

function addressFacts({ socket, headers }: IncomingMessage) {
  return { remoteAddress: socket.remoteAddress, forwardedFor: headers['x-forwarded-for'] };
}

/** Two local addresses of the server. */
function ownAddresses(host: string, port: number): OwnAddresses {
  if (!isWildcard(host) && !['127.0.0.1', 'localhost'].includes(host)) {
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { origin, localhost: origin };
  }
  return { origin: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}` };
}
