import { CLOUD_REGION_NAMES, toRegion, type Region } from '../../domain/regions.js';
import { type Caller, maySeeRegion, namedRegions } from '../../domain/caller.js';
import type { IssueOptions } from '../../links/link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import { describeRegions } from '../../upstream/operations/create-operations.js';

/** The source of regions: an upstream that lists its own, or the known regions of the cloud. */
export type RegionSource = 'upstream' | 'cloud';

export type LoadRegions = () => Promise<readonly Region[]>;

export interface RegionLoaderOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly source: RegionSource;
  readonly call: IssueOptions;
}

/** Loads the regions of one request, fetched at most once. */
export function createRegionLoader({ client, source, call }: RegionLoaderOptions): LoadRegions {
  if (source === 'cloud') return () => Promise.resolve(CLOUD_REGIONS);
  let requested: Promise<readonly Region[]> | undefined;
  return () => (requested ??= client.send(describeRegions(), call).then(({ result }) => result));
}

const CLOUD_REGIONS: readonly Region[] = Object.keys(CLOUD_REGION_NAMES).map(toRegion);

/**
 * The regions visible to a caller. A token can name a region the cloud has added since: if the
 * known regions are not fetched, it is included.
 */
export function narrowRegions(
  load: LoadRegions,
  caller: Caller,
  source: RegionSource,
): LoadRegions {
  return async () => {
    const known = await load();
    const ids = new Set(known.map(({ id }) => id));
    const more = source === 'cloud' ? namedRegions(caller).filter((id) => !ids.has(id)) : [];
    return [...known, ...more.map(toRegion)].filter(({ id }) => maySeeRegion(caller, id));
  };
}
