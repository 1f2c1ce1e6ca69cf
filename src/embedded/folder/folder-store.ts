import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { EmbeddedConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import {
  createFolderCatalogue,
  type FolderCatalogueOptions,
} from '../catalogue/folder/folder-catalogue.js';
import type { DownloadRecord } from '../downloads/download-record.js';
import { createDownloadLinks } from '../downloads/download-links.js';
import { createDownloads } from '../downloads/downloads.js';
import { ensureSample } from '../sample/ensure-sample.js';
import type { Store } from '../store.js';

export interface FolderStoreOptions {
  readonly dir: string;
  readonly config: Pick<EmbeddedConfig, 'linkSecret' | 'publicUrl' | 'internalUrl' | 'fullCheckMs'>;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Downloads under way at a time. */
  readonly maxDownloads: number;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Bytes that did not reach the client of a connection that was cut off. */
  readonly untaken: (socket: Socket) => number;
  readonly onDownload: (record: DownloadRecord) => void;
  /** How files are opened. */
  readonly open?: FolderCatalogueOptions['open'];
}

/**
 * Opens the folder, which is created with a sample where it is missing. This server hands out its files.
 * @throws Error naming EMBEDDED_DIR where it cannot be used
 */
export async function openFolderStore(options: FolderStoreOptions): Promise<Store> {
  const { dir, config, timeZone, logger, now, open } = options;
  if (await ensureSample(dir)) logger.info({ dir }, 'created sample backups');
  const catalogue = await createFolderCatalogue({
    dir,
    timeZone,
    logger,
    fullCheckMs: config.fullCheckMs,
    open,
  });
  return {
    catalogue,
    servedAt({ origin, localhost }) {
      const publicUrl = config.publicUrl ?? origin;
      const internalUrl = config.internalUrl ?? localhost;
      const links = createDownloadLinks({ secret: config.linkSecret, publicUrl, internalUrl, now });
      return {
        issue: ({ key }, file, lifetime) =>
          Promise.resolve({ ...links.issue({ ...key, fileName: file.name }, lifetime), file }),
        linkOrigins: [publicUrl, internalUrl].map((url) => new URL(url).origin),
        download: createDownloads({ ...options, catalogue, links }),
      };
    },
    close: () => catalogue.close(),
  };
}
