import type { IncomingMessage } from 'node:http';
import type { EmbeddedConfig, HttpConfig } from '../config/config.js';
import { isWildcard } from '../config/host-scope.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import { clientAddressOf } from '../http/connections/client-address.js';
import { createStallWatch } from '../http/connections/stall-watch.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { DownloadRecord } from './downloads/download-record.js';
import type { FolderStoreOptions } from './folder/folder-store.js';
import { listen } from './http/listen.js';
import { createRequestHandler, type UnsignedKind } from './request-handler.js';
import { createRoutes } from './rest/routes.js';
import { openStore } from './open-store.js';
import type { OwnAddresses } from './store.js';

export interface EmbeddedUpstreamOptions {
  readonly config: EmbeddedConfig;
  /** Address to listen on. */
  readonly host: string;
  /** Times of connections; by default those of the settings. */
  readonly http?: Pick<HttpConfig, 'keepAliveMs' | 'requestTimeoutMs' | 'stallMs'>;
  /** Proxies in front of the port that tell the truth about the address of their client. */
  readonly trustedProxies?: number;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Zone of times without one, as `+08:00`. */
  readonly timeZone: string;
  /** Milliseconds a caller waits for an answer of the REST API. */
  readonly attemptTimeoutMs?: number;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** Called once for every request by a link that was issued here, refused ones too, when it has ended. */
  readonly onDownload?: (record: DownloadRecord) => void;
  /** Called for every request that carries no valid signature. */
  readonly onUnsigned?: (kind: UnsignedKind) => void;
  /** How files are opened. */
  readonly open?: FolderStoreOptions['open'];
}

export interface EmbeddedUpstream {
  /** Address of the REST API for a client on this machine. */
  readonly origin: string;
  /** Origins of the links it hands out. */
  readonly linkOrigins: readonly string[];
  /** Stops; running downloads have `graceMs` milliseconds (default 10,000) to finish. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_TIMES = { keepAliveMs: 65_000, requestTimeoutMs: 30_000, stallMs: 30_000 };
const DEFAULT_MAX_DOWNLOADS = 512;
const DEFAULT_ATTEMPT_MS = 4000;
/** Beside downloads: what the product itself calls the port with, and who has just come or waits. */
const OTHER_CONNECTIONS = 1024;

/**
 * Starts the embedded upstream: the signed REST API and the downloads over the store of own
 * backups.
 * @throws Error naming the setting at fault where the port is taken or the store cannot be used
 */
export async function startEmbeddedUpstream(
  options: EmbeddedUpstreamOptions,
): Promise<EmbeddedUpstream> {
  const { config, host, http = DEFAULT_TIMES, mySqlLinkExpiry, timeZone, logger } = options;
  const { trustedProxies = 0, now = () => new Date(), onDownload = () => undefined } = options;
  const { attemptTimeoutMs = DEFAULT_ATTEMPT_MS } = options;
  const { maxDownloads = DEFAULT_MAX_DOWNLOADS } = config;
  const cuts = byRate((count) => {
    logger.info({ count }, 'cut off clients of the embedded upstream that took nothing');
  });
  const stalls = createStallWatch({ stallMs: http.stallMs, onCut: cuts.happened });
  const store = await openStore({
    config,
    timeZone,
    logger,
    now,
    attemptTimeoutMs,
    maxDownloads,
    addressOf: (request) => clientAddressOf(addressFacts(request), trustedProxies),
    untaken: (socket) => stalls.untaken(socket),
    onDownload,
    ...(options.open && { open: options.open }),
  });
  const listener = await listen({
    host,
    port: config.port,
    keepAliveMs: http.keepAliveMs,
    requestTimeoutMs: http.requestTimeoutMs,
    maxConnections: 2 * maxDownloads + OTHER_CONNECTIONS,
    stalls,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const addresses = ownAddresses(host, listener.port);
  const files = store.servedAt(addresses);
  const unsigned = byRate((count) => {
    logger.warn({ count }, 'refused requests to the embedded upstream without a valid signature');
  });
  const handle = createRequestHandler({
    findOperation: createRoutes(store.catalogue, { files, mySqlLinkExpiry, logger }),
    download: files.download,
    credentials: config.credentials,
    logger,
    now,
    onUnsigned: (kind) => {
      options.onUnsigned?.(kind);
      unsigned.happened();
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
    async close(graceMs = 10_000) {
      await listener.close(graceMs);
      // A download is recorded, and its file closed, just after its last byte went out.
      await Promise.all(running);
      await store.close();
      unsigned.flush();
      cuts.flush();
    },
  };
}

function addressFacts({ socket, headers }: IncomingMessage) {
  return { remoteAddress: socket.remoteAddress, forwardedFor: headers['x-forwarded-for'] };
}

/** Two addresses that reach the server from this machine. */
function ownAddresses(host: string, port: number): OwnAddresses {
  if (!isWildcard(host) && !['127.0.0.1', 'localhost'].includes(host)) {
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { origin, localhost: origin };
  }
  return { origin: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}` };
}
