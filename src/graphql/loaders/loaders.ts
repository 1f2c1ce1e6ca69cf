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
 * Limits the sources to `max` calls for one operation; further calls fail with QUERY_TOO_COMPLEX.
 * Complements the query limits: they estimate, this counts.
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
        `The operation exceeds the limit of ${max} upstream calls; split it into several operations.`,
      ),
    );
  return {
    client: {
      send: (operation, options) => (isSpent() ? refuse() : client.send(operation, options)),
    },
    links: {
      issue: (request, options) => (isSpent() ? refuse() : links.issue(request, options)),
      atHand(request, options) {
        // Over the limit, `issue` refuses.
        if (calls >= max) return undefined;
        const link = links.atHand?.(request, options);
        if (link) calls += 1;
        return link;
      },
    },
  };
}

/** The loaders of one request, created per request so that callers share nothing. */
export interface Loaders {
  readonly listings: Listings;
  readonly backup: Pick<BackupLoader, 'load'>;
  readonly instance: Pick<InstanceLoader, 'load'>;
  readonly link: LinkLoader;
  readonly regions: LoadRegions;
  /** Shared by all requests: engines are returned only to callers that can see the instance. */
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
