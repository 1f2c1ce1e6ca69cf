import { createBackupLoader, type BackupLoader } from './backup-loader.js';
import { createInstanceLoader, type InstanceLoader } from './instance-loader.js';
import { createLinkLoader, type LinkLoader, type LinkLoaderOptions } from './link-loader.js';
import { createListings, type Listings, type ListingsOptions } from './listings.js';

/** Everything one request reads through; made anew for each, so nothing passes between callers. */
export interface Loaders {
  readonly listings: Listings;
  readonly backup: BackupLoader;
  readonly instance: InstanceLoader;
  readonly link: LinkLoader;
}

export function createLoaders(options: ListingsOptions & LinkLoaderOptions): Loaders {
  const listings = createListings(options);
  return {
    listings,
    backup: createBackupLoader(listings),
    instance: createInstanceLoader({ ...options, listings }),
    link: createLinkLoader(options),
  };
}
