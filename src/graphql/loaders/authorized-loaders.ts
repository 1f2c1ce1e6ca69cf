import { type Caller, maySee, maySeeRegion, namedRegions, seesAll } from '../../domain/caller.js';
import { toRegion } from '../../domain/regions.js';
import type { Listing, Section } from './listing.js';
import type { Loaders, RegionSource } from './loaders.js';

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
  const { backup, backups, instance, instances, regions } = loaders;
  return {
    // Links and engines are requested for a loaded backup, with the download permission checked there.
    ...loaders,
    backup: { load: (key) => (maySee(caller, key) ? backup.load(key) : Promise.resolve(null)) },
    backups: (key, filter) =>
      maySee(caller, key) ? backups(key, filter) : Promise.resolve({ listing: EMPTY_LISTING }),
    instance: { load: (key) => (maySee(caller, key) ? instance.load(key) : Promise.resolve(null)) },
    instances: (regionId) =>
      maySeeRegion(caller, regionId)
        ? authorizedListing(instances(regionId), (row) => maySee(caller, row))
        : EMPTY_LISTING,
    async regions() {
      const known = await regions();
      const ids = new Set(known.map(({ id }) => id));
      // A token can name a region the cloud has added since its regions were written down here.
      const more =
        regionSource === 'cloud' ? namedRegions(caller).filter((id) => !ids.has(id)) : [];
      return [...known, ...more.map(toRegion)].filter(({ id }) => maySeeRegion(caller, id));
    },
  };
}

/** An empty list that makes no upstream calls. */
const EMPTY_LISTING: Listing<never> = {
  pageSize: 1,
  // eslint-disable-next-line @typescript-eslint/require-await -- it has the shape of a real list
  async *sections() {
    yield* [];
  },
  hasRowFrom: () => Promise.resolve(false),
  totalCount: () => Promise.resolve(0),
};

/**
 * The rows of a list that pass the test. Positions are renumbered, since a cursor would reveal how
 * many rows are hidden. It is therefore read from the start, and to the end for counting.
 */
function authorizedListing<Row>(
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
    pageSize: listing.pageSize,
    sections,
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
