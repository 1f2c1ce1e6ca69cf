import { type Caller, maySee, maySeeRegion, seesAll } from '../../domain/caller.js';
import { findRow, type Listing, type Section } from './listing.js';
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

/** An empty list that makes no upstream calls. */
const EMPTY_LISTING: Listing<never> = {
  pageSize: 1,
  // eslint-disable-next-line @typescript-eslint/require-await -- it has the shape of a real list
  async *sections() {
    yield* [];
  },
  find: () => Promise.resolve(null),
  hasRowFrom: () => Promise.resolve(false),
  totalCount: () => Promise.resolve(0),
  isStarted: () => false,
  known: () => undefined,
  pagesLeft: () => 0,
  adopt: () => undefined,
  isReading: () => false,
  settled: () => Promise.resolve(),
};

/**
 * The rows of a list that pass the test. Positions are renumbered, since a cursor would reveal how
 * many rows are hidden. It is therefore read from the start, and to the end for counting.
 */
function authorizedListing<Row extends { readonly id: string }>(
  listing: Listing<Row>,
  isVisible: (row: Row) => boolean,
): Listing<Row> {
  async function* sections(from = 0): AsyncGenerator<Section<Row>> {
    let start = 0;
    for await (const section of listing.sections()) {
      const rows = section.rows.filter(isVisible);
      const skipped = Math.min(rows.length, Math.max(0, from - start));
      yield { rows: rows.slice(skipped), start: start + skipped };
      start += rows.length;
    }
  }

  return {
    ...listing,
    sections,
    find: (id) => findRow(sections(), id),
    known(id) {
      const row = listing.known(id);
      return row && isVisible(row) ? row : undefined;
    },
    async hasRowFrom(position) {
      for await (const { rows } of sections(position)) if (rows.length > 0) return true;
      return false;
    },
    async totalCount() {
      let count = 0;
      for await (const { rows } of sections()) count += rows.length;
      return count;
    },
  };
}
