import type { EmbeddedConfig } from '../config/config.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import type { Logger } from '../telemetry/logger.js';
import { createCatalogue } from './catalogue/catalogue.js';
import type { DownloadRecord } from './downloads/download-record.js';
import { createDownloads } from './downloads/downloads.js';
import { createDownloadLinks } from './downloads/download-links.js';
import { listen } from './http/listen.js';
import { createRequestHandler } from './request-handler.js';
import { createRoutes } from './rest/routes.js';
import { ensureSample } from './sample/ensure-sample.js';

export interface EmbeddedUpstreamOptions {
  readonly config: EmbeddedConfig;
  /** Address to listen on. */
  readonly host: string;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Zone of times without one, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** Called once for every request of a link, refused ones too, when it has ended. */
  readonly onDownload?: (record: DownloadRecord) => void;
}

export interface EmbeddedUpstream {
  /** Address of the REST API for a client on this machine. */
  readonly origin: string;
  /** Origins of the links it hands out. */
  readonly linkOrigins: readonly string[];
  /** Stops; running downloads have `graceMs` milliseconds (default 10,000) to finish. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts the embedded upstream: the signed REST API and the downloads over the folder `config.dir`,
 * which is created with a sample where it is missing.
 * @throws Error naming the setting at fault where the port is taken or the folder cannot be used
 */
export async function startEmbeddedUpstream(
  options: EmbeddedUpstreamOptions,
): Promise<EmbeddedUpstream> {
  const { config, host, mySqlLinkExpiry, timeZone, logger } = options;
  const { now = () => new Date(), onDownload = () => undefined } = options;
  if (await ensureSample(config.dir)) logger.info({ dir: config.dir }, 'created sample backups');
  const catalogue = await createCatalogue({ dir: config.dir, timeZone, logger });

  const listener = await listen(host, config.port);
  const { origin, localhost } = addresses(host, listener.port);
  const publicUrl = config.publicUrl ?? origin;
  const internalUrl = config.internalUrl ?? localhost;
  const links = createDownloadLinks({ secret: config.linkSecret, publicUrl, internalUrl, now });
  const handle = createRequestHandler({
    findOperation: createRoutes(catalogue, { links, mySqlLinkExpiry, logger }),
    download: createDownloads({ catalogue, links, logger, onDownload }),
    credentials: config.credentials,
    logger,
    now,
  });
  const running = new Set<Promise<void>>();
  listener.serve((request, response) => {
    const answer = handle(request, response).finally(() => running.delete(answer));
    running.add(answer);
  });
  return {
    origin,
    linkOrigins: [publicUrl, internalUrl].map((url) => new URL(url).origin),
    async close(graceMs = 10_000) {
      await listener.close(graceMs);
      // A download is recorded, and its file closed, just after its last byte went out.
      await Promise.all(running);
    },
  };
}

/** Two addresses that reach the server from this machine. */
function addresses(host: string, port: number): { origin: string; localhost: string } {
  if (!['127.0.0.1', 'localhost', '0.0.0.0', '::'].includes(host)) {
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { origin, localhost: origin };
  }
  return { origin: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}` };
}
