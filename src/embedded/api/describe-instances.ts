import { upstreamEngineName } from '../../domain/engines.js';
import type { InstanceKey } from '../../domain/ids.js';
import { toRegion } from '../../domain/regions.js';
import type { Catalogue, CataloguedInstance } from '../catalogue/catalogue.js';
import { notFound } from './api-error.js';
import { parseFilters, type FilterRule } from './filters.js';
import { optionalPage, rowsOf } from './parameters.js';
import type { Parameters } from './parameters.js';

function equals(
  valueOf: FilterRule<CataloguedInstance>['valueOf'],
): FilterRule<CataloguedInstance> {
  return { operators: ['eq'], valueOf };
}

const FILTERS: Readonly<Record<string, FilterRule<CataloguedInstance>>> = {
  instanceId: equals(({ instanceId }) => instanceId),
  instanceName: equals(({ manifest }) => manifest.instanceName),
  engine: { ...equals(({ manifest }) => manifest.engine), read: upstreamEngineName },
  engineVersion: equals(({ manifest }) => manifest.engineVersion),
  instanceStatus: equals(({ manifest }) => manifest.instanceStatus),
  chargeMode: equals(({ manifest }) => manifest.charge?.chargeMode),
};

/**
 * describeRegions: the regions that contain instances or backups, by id. The cloud has no such
 * operation, so clients of its API never call it. @throws ApiError
 */
export async function describeRegions(catalogue: Catalogue): Promise<object> {
  const regions = (await catalogue.regions()).map(toRegion);
  return {
    regions: regions.map(({ id, name }) => ({ regionId: id, ...(name && { regionName: name }) })),
  };
}

/** describeInstances: one page of the instances of a region, by id. @throws ApiError */
export async function describeInstances(
  catalogue: Catalogue,
  { regionId }: { readonly regionId: string },
  parameters: Parameters,
): Promise<object> {
  const page = optionalPage(parameters);
  const { matches } = parseFilters(parameters, FILTERS);
  const found = (await catalogue.instances(regionId)).filter(matches);
  return { dbInstances: rowsOf(found, page).map(toRow), totalCount: found.length };
}

/** describeInstanceAttributes: one instance. @throws ApiError 404 after deletion */
export async function describeInstanceAttributes(
  catalogue: Catalogue,
  key: InstanceKey,
): Promise<object> {
  const found = await catalogue.instance(key);
  if (found === null) throw notFound('No instance in the region has this instanceId.');
  return { dbInstanceAttributes: toRow(found) };
}

function toRow({ regionId, instanceId, manifest }: CataloguedInstance): object {
  return { regionId, instanceId, ...manifest };
}
