import type { QueryLimits } from '../../config/config.js';
import { PublicError } from '../../domain/errors.js';
import type { LinkSource } from '../../links/link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import { createBackupLoader, type BackupLoader } from './backup-loader.js';
import type { EngineMemory } from './engine-of.js';
import type { FilterMemory } from './filter-memory.js';
import { createInstanceLoader, type InstanceLoader } from './instance-loader.js';
import { createLinkLoader, type LinkLoader, type LinkLoaderOptions } from './link-loader.js';
import { createRegionLoader, type LoadRegions, type RegionSource } from './region-loader.js';
import { createListings, type Listings, type ListingsOptions } from './listings.js';

export interface CallSources {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly links: LinkSource;
}

/**
 * The same sources for one operation, which together answer `max` calls at the most; further ones
 * fail with QUERY_TOO_COMPLEX. It stands behind the limits on queries: those estimate, this counts.
 */
export function limitCalls({ client, links }: CallSources, max: number): CallSources {
  let calls = 0;
  const isSpent = (): boolean => {
    calls += 1;
    return calls > max;
  };
  const refuse = (): Promise<never> =>
    Promise.reject(
      new PublicError(
        'QUERY_TOO_COMPLEX',
        `One operation may make ${max} calls to the upstream at the most: ask for the rest in another.`,
      ),
    );
  return {
    client: {
      send: (operation, options) => (isSpent() ? refuse() : client.send(operation, options)),
    },
    links: {
      issue: (request, options) => (isSpent() ? refuse() : links.issue(request, options)),
    },
  };
}

/** Everything one request reads through; made anew for each, so nothing passes between callers. */
export interface Loaders {
  readonly listings: Listings;
  readonly backup: Pick<BackupLoader, 'load'>;
  readonly instance: Pick<InstanceLoader, 'load'>;
  readonly link: LinkLoader;
  readonly regions: LoadRegions;
  /** Of all requests: an engine is known only to those who may see its instance. */
  readonly engines: EngineMemory;
  readonly filters: FilterMemory;
}

export interface LoadersOptions extends ListingsOptions, Omit<LinkLoaderOptions, 'maxLinks'> {
  readonly engines: EngineMemory;
  readonly filters: FilterMemory;
  readonly regionSource: RegionSource;
  readonly limits: Pick<QueryLimits, 'links' | 'upstreamCalls'>;
}

export function createLoaders(given: LoadersOptions): Loaders {
  const { limits, engines, filters, operations, call, regionSource } = given;
  const { client, links } = limitCalls(given, limits.upstreamCalls);
  const listings = createListings({ client, operations, call });
  return {
    listings,
    backup: createBackupLoader(listings, filters),
    instance: createInstanceLoader({ client, operations, call, listings }),
    link: createLinkLoader({ links, call, maxLinks: limits.links }),
    regions: createRegionLoader({ client, source: regionSource, call }),
    engines,
    filters,
  };
}
