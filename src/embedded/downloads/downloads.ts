import type { IncomingMessage, ServerResponse } from 'node:http';
import { linkIdOf } from '../../domain/link-id.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { methodNotAllowed, notFound } from '../http/api-error.js';
import { respondToFailure } from '../http/respond.js';
import { matchPath } from '../http/match-path.js';
import type { Target } from '../http/target.js';
import { allowOtherOrigins, respondToPreflight } from './cross-origin.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadLinks, FileKey } from './download-links.js';
import { sendFile } from './send-file.js';

export interface DownloadOptions {
  readonly catalogue: Catalogue;
  readonly links: DownloadLinks;
  readonly logger: Logger;
  readonly onDownload: (record: DownloadRecord) => void;
}

/** Serves the links: `/download/<regionId>/<instanceId>/<backupId>/<fileName>?Expires=…&Signature=…`. */
export function createDownloads({ catalogue, links, logger, onDownload }: DownloadOptions) {
  /** A listener that fails must not cut off an answer that is on its way. */
  function record(download: DownloadRecord): void {
    try {
      onDownload(download);
    } catch (error) {
      logger.error({ error: describeError(error) }, 'a download could not be recorded');
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    file: FileKey,
    query: ReadonlyMap<string, string>,
  ): Promise<void> {
    // Read now: it is gone once the client has broken off.
    const { remoteAddress } = request.socket;
    let bytes = 0;
    try {
      // Judged once, when the request arrives: a transfer may outlive its link.
      links.verify(file, query);
      const open = await catalogue.openFile(file, file.fileName);
      if (open === null) throw notFound('The file is no longer there.');
      try {
        await sendFile(request, response, file.fileName, open, (sent) => (bytes = sent));
      } finally {
        await open.handle.close();
      }
    } catch (error) {
      respondToFailure(response, error, logger);
    } finally {
      record({
        ...file,
        linkId: linkIdOf(query.get('Signature') ?? ''),
        status: response.statusCode,
        bytes,
        remoteAddress,
      });
    }
  }

  /** @throws ApiError where the request is not one for a file at all */
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
  if (key === null || !fileName || more.length > 0) throw notFound('There is no such route.');
  return { ...key, fileName };
}
