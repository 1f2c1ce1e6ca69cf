import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LinkDownloadEvent } from '../../audit/audit-record.js';
import { formatBackupId, isIdPart } from '../../domain/ids.js';
import { linkIdOf } from '../../domain/link-id.js';
import { clientAddressOf } from '../../http/server/client-address.js';
import type { PortServer } from '../../http/server/create-server.js';
import { byRate } from '../../telemetry/by-rate.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { FileService, ServedFiles } from '../store.js';
import { ApiError, methodNotAllowed, notFound } from './api-error.js';
import type { FileKey } from './download-links.js';
import { createDownloadPlaces } from './download-places.js';
import { parseTarget } from './parameters.js';
import { IS_SIGNED, noRoute, sendRefusal, toApiError } from './routes.js';
import { sendFile } from './send-file.js';

/** The outcome of a request by a link issued here, including an expired one. */
export interface DownloadRecord extends FileKey {
  /** Identifies the link without revealing it. */
  readonly linkId: string;
  /** HTTP status of the response; an interrupted transfer sends fewer bytes than announced. */
  readonly status: number;
  /** Bytes of the file that the system has taken. */
  readonly bytes: number;
  /** As reported by trusted proxies; empty if the client disconnected immediately. */
  readonly clientAddress: string;
}

/** The audit event of a download. */
export function toDownloadEvent(record: DownloadRecord): LinkDownloadEvent {
  const { linkId, fileName, bytes, status, clientAddress } = record;
  const backupId = formatBackupId(record);
  return { event: 'link.download', linkId, backupId, fileName, bytes, status, clientAddress };
}

export interface DownloadOptions {
  readonly files: () => Pick<FileService, 'served'>;
  /** Maximum concurrent downloads. */
  readonly maxDownloads: number;
  readonly trustedProxies: number;
  readonly logger: Logger;
  readonly onDownload: (record: DownloadRecord) => void;
  /** A monotonic clock, in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

export interface Downloads {
  /** Resolves when all downloads are recorded and their files closed. */
  ended(): Promise<unknown>;
}

const METHODS = ['GET', 'HEAD', 'OPTIONS'];
/** Seconds to wait before retrying. */
const RETRY_AFTER = '5';

/**
 * Adds `/download/<regionId>/<instanceId>/<backupId>/<fileName>?…&Expires=…&Signature=…`. Requests
 * by links issued here are recorded. Any origin may fetch a link: the link itself is the
 * credential, and no cookies are involved.
 */
export function addDownloads(http: PortServer['http'], options: DownloadOptions): Downloads {
  const { maxDownloads, trustedProxies, logger, onDownload } = options;
  const places = createDownloadPlaces({ maxDownloads, now: options.monotonic });
  const running = new Set<Promise<unknown>>();
  const slow = byRate((count) => {
    logger.info({ count }, 'ended the slowest downloads: MAX_DOWNLOADS reached');
  });

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    served: ServedFiles,
    file: FileKey,
    linkId: string,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    const place = places.take(linkId, () => {
      slow.happened();
      request.socket.resetAndDestroy();
    });
    if (place === null) throw tooMany('Too many downloads in progress; retry later.');
    if (place === 'shared')
      throw tooMany('Too many downloads by this link in progress; retry later.');
    try {
      const open = await served.open(file, file.fileName);
      if (open === null) throw notFound('The file no longer exists.');
      try {
        await sendFile(request, reply, open, file.fileName, (bytes) => {
          place.sent(bytes);
          onBytes(bytes);
        });
      } finally {
        await open.handle.close();
      }
    } finally {
      place.leave();
    }
  }

  async function serve(
    request: FastifyRequest,
    reply: FastifyReply,
    served: ServedFiles,
    file: FileKey,
  ): Promise<void> {
    const query = new Map(parseTarget(request.url).query);
    // Checked once, on arrival: a transfer can outlive its link.
    const { isExpired } = served.verify(file, query);
    request.setDecorator(IS_SIGNED, true);
    // Read now: it is unavailable after the client disconnects.
    const { remoteAddress } = request.socket;
    const forwardedFor = request.headers['x-forwarded-for'];
    const clientAddress = clientAddressOf({ remoteAddress, forwardedFor }, trustedProxies);
    const linkId = linkIdOf(query.get('Signature') ?? '');
    let bytes = 0;
    try {
      if (isExpired) throw expired();
      await send(request, reply, served, file, linkId, (sent) => (bytes += sent));
    } catch (error) {
      fail(reply, error as Error);
    }
    // A failing listener must not abort a response in progress.
    try {
      onDownload({ ...file, linkId, status: reply.raw.statusCode, bytes, clientAddress });
    } catch (error) {
      logger.error({ error: describeError(error) }, 'could not record a download');
    }
  }

  /** A response that has started is aborted; a client that disconnects is no fault of the server. */
  function fail(reply: FastifyReply, error: Error): void {
    const { raw } = reply;
    if (!raw.headersSent && !raw.destroyed) {
      sendRefusal(reply, toApiError(error, logger));
      return;
    }
    if (!raw.destroyed) logger.warn({ error: describeError(error) }, 'response aborted');
    raw.destroy();
  }

  http.route({
    url: '/download/:regionId/:instanceId/:backupId/:fileName',
    method: http.supportedMethods,
    onRequest({ method }, { raw }, done) {
      raw.setHeader('Access-Control-Allow-Origin', '*');
      raw.setHeader('Access-Control-Expose-Headers', EXPOSED);
      done(METHODS.includes(method) ? undefined : methodNotAllowed(METHODS.join(', ')));
    },
    async handler(request, reply) {
      const { served } = options.files();
      const { fileName, ...key } = request.params as FileKey;
      const isFile = fileName !== '' && Object.values(key).every(isIdPart);
      if (!served || !isFile) throw noRoute();
      if (request.method === 'OPTIONS') return reply.code(204).headers(PREFLIGHT).send();
      const download = serve(request, reply, served, { ...key, fileName });
      running.add(download);
      await download.finally(() => running.delete(download));
      return reply;
    },
  });

  return { ended: () => Promise.allSettled(running) };
}

const EXPOSED =
  'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Last-Modified';
/** Browsers ask before they resume a download of another origin. */
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers':
    'Range, If-Range, If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since',
  'Access-Control-Max-Age': '86400',
};

function expired(): ApiError {
  return new ApiError(403, 'LINK_EXPIRED', 'The link has expired; request a new one.');
}

function tooMany(message: string): ApiError {
  return new ApiError(503, 'UNAVAILABLE', message, { 'Retry-After': RETRY_AFTER });
}
