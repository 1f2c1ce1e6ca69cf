import type { QueryLimits } from '../../config/config.js';
import { createBackupLoader, type BackupLoader } from './backup-loader.js';
import type { EngineMemory } from './engine-memory.js';
import { createInstanceLoader, type InstanceLoader } from './instance-loader.js';
import { createLinkLoader, type LinkLoader, type LinkLoaderOptions } from './link-loader.js';
import { limitCalls } from './limit-calls.js';
import { createRegionLoader, type LoadRegions, type RegionSource } from './region-loader.js';
import { createListings, type Listings, type ListingsOptions } from './listings.js';

/** Everything one request reads through; made anew for each, so nothing passes between callers. */
export interface Loaders {
  readonly listings: Listings;
  readonly backup: Pick<BackupLoader, 'load'>;
  readonly instance: Pick<InstanceLoader, 'load'>;
  readonly link: LinkLoader;
  readonly regions: LoadRegions;
  /** Of all requests: an engine is known only to those who may see its instance. */
  readonly engines: EngineMemory;
}

export interface LoadersOptions extends ListingsOptions, Omit<LinkLoaderOptions, 'maxLinks'> {
  readonly engines: EngineMemory;
  readonly regionSource: RegionSource;
  readonly limits: Pick<QueryLimits, 'links' | 'upstreamCalls'>;
}

export function createLoaders(given: LoadersOptions): Loaders {
  const { limits, engines, operations, call, regionSource } = given;
  const { client, links } = limitCalls(given, limits.upstreamCalls);
  const listings = createListings({ client, operations, call });
  return {
    listings,
    backup: createBackupLoader(listings),
    instance: createInstanceLoader({ client, operations, call, listings }),
    link: createLinkLoader({ links, call, maxLinks: limits.links }),
    regions: createRegionLoader({ client, source: regionSource, call }),
    engines,
  };
}
