import { toRegion } from '../../domain/regions.js';
import type { Catalogue } from '../catalogue/catalogue.js';

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
