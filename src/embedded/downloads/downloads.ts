import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { linkIdOf } from '../../domain/link-id.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { FolderCatalogue } from '../folder/folder-catalogue.js';
import { ApiError, methodNotAllowed, notFound } from '../http/api-error.js';
import { respondToFailure } from '../http/respond.js';
import { matchPath } from '../http/match-path.js';
import type { Target } from '../http/target.js';
import type { ServeDownload } from '../store.js';
import { allowOtherOrigins, respondToPreflight } from './cross-origin.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadLinks, FileKey } from './download-links.js';
import { createLargeBuffers } from './large-buffers.js';
import { sendFile } from './send-file.js';

export interface DownloadOptions {
  readonly catalogue: Pick<FolderCatalogue, 'openFile'>;
  readonly links: DownloadLinks;
  /** Maximum concurrent downloads. */
  readonly maxDownloads: number;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Bytes that did not reach the client of an aborted connection. */
  readonly untaken: (socket: Socket) => number;
  readonly logger: Logger;
  readonly onDownload: (record: DownloadRecord) => void;
}

/** Seconds to wait before retrying. */
const RETRY_AFTER = '5';

/**
 * Serves `/download/<regionId>/<instanceId>/<backupId>/<fileName>?…&Expires=…&Signature=…`.
 * Requests by links issued here are recorded; all others throw an ApiError before any response.
 */
export function createDownloads(options: DownloadOptions): ServeDownload {
  const { catalogue, links, maxDownloads, addressOf, untaken, logger, onDownload } = options;
  const largeBuffers = createLargeBuffers();
  let underWay = 0;

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
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    if (underWay >= maxDownloads) throw tooMany();
    underWay += 1;
    try {
      const open = await catalogue.openFile(file, file.fileName);
      if (open === null) throw notFound('The file no longer exists.');
      try {
        const transfer = { fileName: file.fileName, largeBuffers, untaken, onBytes };
        await sendFile(request, response, open, transfer);
      } finally {
        await open.handle.close();
      }
    } finally {
      underWay -= 1;
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
    let bytes = 0;
    try {
      if (isExpired) throw expired();
      await send(request, response, file, (sent) => (bytes = sent));
    } catch (error) {
      respondToFailure(response, error, logger);
    } finally {
      record({
        ...file,
        linkId: linkIdOf(query.get('Signature') ?? ''),
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

function tooMany(): ApiError {
  const message = 'Too many downloads in progress; retry later.';
  return new ApiError(503, 'UNAVAILABLE', message, { 'Retry-After': RETRY_AFTER });
}
