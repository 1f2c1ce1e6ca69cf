import type { EmbeddedConfig, LinkSecrets } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import { createDownloadLinks } from '../api/download-links.js';
import { ensureSample } from '../sample/ensure-sample.js';
import type { Store } from '../store.js';
import { createFolderCatalogue, type FolderCatalogueOptions } from './folder-catalogue.js';
import { fileAt } from './list-files.js';

export interface FolderStoreOptions {
  readonly dir: string;
  /** Whether a missing folder is created with sample data. */
  readonly isDefault: boolean;
  readonly config: Pick<EmbeddedConfig, 'publicUrl' | 'internalUrl' | 'fullCheckMs'>;
  /** The current secrets of links. */
  readonly linkSecrets: () => LinkSecrets;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Opens files. */
  readonly open?: FolderCatalogueOptions['open'];
}

/**
 * Opens the folder; a missing default one is created with sample data. This server serves its files.
 * @throws Error naming EMBEDDED_DIR if the folder cannot be used
 */
export async function openFolderStore(options: FolderStoreOptions): Promise<Store> {
  const { dir, config, timeZone, logger, now, open } = options;
  if (options.isDefault && (await ensureSample(dir)))
    logger.info({ dir }, 'created sample backups');
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
      const links = createDownloadLinks({
        secrets: options.linkSecrets,
        publicUrl,
        internalUrl,
        now,
      });
      return {
        issue({ key }, { name }, lifetime) {
          const file = fileAt(catalogue.filesOf(key), name);
          const issued = file && { ...links.issue({ ...key, fileName: name }, lifetime), file };
          return Promise.resolve(issued ?? null);
        },
        linkOrigins: [publicUrl, internalUrl].map((url) => new URL(url).origin),
        served: {
          verify: (file, query) => links.verify(file, query),
          open: (key, name) => catalogue.openFile(key, name),
        },
      };
    },
    close: () => catalogue.close(),
  };
}
