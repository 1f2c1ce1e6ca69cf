import type { IncomingMessage, ServerResponse } from 'node:http';
import { linkIdOf } from '../../domain/link-id.js';
import type { Logger } from '../../telemetry/logger.js';
import { byRate } from '../../telemetry/by-rate.js';
import { describeError } from '../../telemetry/redact.js';
import type { FolderCatalogue } from '../folder/folder-catalogue.js';
import { ApiError, methodNotAllowed, notFound } from './api-error.js';
import { respondToFailure } from './respond.js';
import { matchPath } from './match-path.js';
import type { Target } from './target.js';
import type { ServeDownload } from '../store.js';
import { allowOtherOrigins, respondToPreflight } from './cross-origin.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadLinks, FileKey } from './download-links.js';
import { createDownloadPlaces } from './download-places.js';
import { sendFile } from './send-file.js';

export interface DownloadOptions {
  readonly catalogue: Pick<FolderCatalogue, 'openFile'>;
  readonly links: DownloadLinks;
  /** Maximum concurrent downloads. */
  readonly maxDownloads: number;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly logger: Logger;
  readonly onDownload: (record: DownloadRecord) => void;
  /** A monotonic clock, in milliseconds. */
  readonly monotonic?: () => number;
}

/** Seconds to wait before retrying. */
const RETRY_AFTER = '5';

/**
 * Serves `/download/<regionId>/<instanceId>/<backupId>/<fileName>?…&Expires=…&Signature=…`.
 * Requests by links issued here are recorded; all others throw an ApiError before any response.
 */
export function createDownloads(options: DownloadOptions): ServeDownload {
  const { catalogue, links, maxDownloads, addressOf, logger, onDownload } = options;
  const places = createDownloadPlaces({ maxDownloads, now: options.monotonic });
  const slow = byRate((count) => {
    logger.info({ count }, 'ended the slowest downloads: MAX_DOWNLOADS reached');
  });

  /** A failing listener must not abort a response in progress. */
  function record(download: DownloadRecord): void {
    try {
      onDownload(download);
    } catch (error) {
      logger.error({ error: describeError(error) }, 'could not record a download');
    }
  }

  async function send(
    request: IncomingMessage,
    response: ServerResponse,
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
      const open = await catalogue.openFile(file, file.fileName);
      if (open === null) throw notFound('The file no longer exists.');
      try {
        await sendFile(request, response, open, file.fileName, (bytes) => {
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
    request: IncomingMessage,
    response: ServerResponse,
    file: FileKey,
    query: ReadonlyMap<string, string>,
  ): Promise<void> {
    // Checked once, on arrival: a transfer can outlive its link.
    const { isExpired } = links.verify(file, query);
    // Read now: it is unavailable after the client disconnects.
    const clientAddress = addressOf(request);
    const linkId = linkIdOf(query.get('Signature') ?? '');
    let bytes = 0;
    try {
      if (isExpired) throw expired();
      await send(request, response, file, linkId, (sent) => (bytes += sent));
    } catch (error) {
      respondToFailure(response, error, logger);
    } finally {
      record({
        ...file,
        linkId,
        status: response.statusCode,
        bytes,
        clientAddress,
      });
    }
  }

  /** @throws ApiError unless the request uses a link issued here */
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    { path, query }: Target,
  ): Promise<void> => {
    allowOtherOrigins(response);
    const file = toFileKey(path);
    if (request.method === 'OPTIONS') respondToPreflight(response);
    else if (request.method === 'GET' || request.method === 'HEAD') {
      await serve(request, response, file, new Map(query));
    } else throw methodNotAllowed('GET, HEAD, OPTIONS');
  };
}

function toFileKey(path: readonly string[]): FileKey {
  const key = matchPath('/download/{regionId}/{instanceId}/{backupId}', path.slice(0, 4));
  const [fileName, ...more] = path.slice(4);
  if (key === null || !fileName || more.length > 0) throw notFound('No such route.');
  return { ...key, fileName };
}

function expired(): ApiError {
  return new ApiError(403, 'LINK_EXPIRED', 'The link has expired; request a new one.');
}

function tooMany(message: string): ApiError {
  return new ApiError(503, 'UNAVAILABLE', message, { 'Retry-After': RETRY_AFTER });
}
