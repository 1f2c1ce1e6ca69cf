import { type Caller, maySee, maySeeRegion, seesAll } from '../../domain/caller.js';
import { EMPTY_LISTING, authorizedListing } from './authorized-listing.js';
import type { Loaders } from './loaders.js';
import { narrowRegions, type RegionSource } from './region-loader.js';

/**
 * The loaders as a caller may use them: what is outside its regions and instances is not there, and
 * is not asked for. Resolvers have no others, so none of them can forget to look.
 */
export function authorizedLoaders(
  loaders: Loaders,
  caller: Caller,
  regionSource: RegionSource,
): Loaders {
  if (seesAll(caller)) return loaders;
  const { backup, instance, listings } = loaders;
  return {
    // Links are asked for with a backup in hand, and by the right to download it.
    ...loaders,
    backup: { load: (key) => (maySee(caller, key) ? backup.load(key) : NOT_THERE) },
    instance: { load: (key) => (maySee(caller, key) ? instance.load(key) : NOT_THERE) },
    regions: narrowRegions(loaders.regions, caller, regionSource),
    listings: {
      ...listings,
      backups: (key) => (maySee(caller, key) ? listings.backups(key) : EMPTY_LISTING),
      narrowedBackups: (key, query) =>
        maySee(caller, key) ? listings.narrowedBackups(key, query) : EMPTY_LISTING,
      instances: (regionId) =>
        maySeeRegion(caller, regionId)
          ? authorizedListing(listings.instances(regionId), (row) => maySee(caller, row))
          : EMPTY_LISTING,
    },
  };
}

const NOT_THERE = Promise.resolve(null);
