import { type Caller, maySee, maySeeRegion, seesAll } from '../../domain/caller.js';
import { EMPTY_LISTING, authorizedListing } from './authorized-listing.js';
import type { Loaders } from './loaders.js';
import { narrowRegions, type RegionSource } from './region-loader.js';

/**
 * Restricts loaders to a caller: anything outside its regions and instances does not exist and is
 * not requested. Resolvers have no other loaders, so none can skip the check.
 */
export function authorizedLoaders(
  loaders: Loaders,
  caller: Caller,
  regionSource: RegionSource,
): Loaders {
  if (seesAll(caller)) return loaders;
  const { backup, instance, listings } = loaders;
  return {
    // Links are requested from a loaded backup, with the download permission checked there.
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
