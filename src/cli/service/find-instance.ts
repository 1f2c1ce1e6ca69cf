import { isIdPart } from '../../domain/ids.js';
import { notFoundError, usageError } from '../cli-error.js';
import type { InstanceKey, Service } from './service.js';

type Finder = Pick<Service, 'knows' | 'regions'>;

/**
 * The instance a person names: `<region>/<instance>`, or the instance alone where `--region` names its
 * region or one region alone has it. Only the last form asks the service.
 * @throws CliError
 */
export async function findInstance(
  text: string,
  region: string | undefined,
  service: Finder,
): Promise<InstanceKey> {
  const [first = '', second, ...rest] = text.split('/');
  const [regionId, instanceId] = second === undefined ? [region, first] : [first, second];
  if (rest.length > 0 || !isIdPart(instanceId) || !(regionId === undefined || isIdPart(regionId))) {
    throw usageError(
      'This does not name an instance: give <region>/<instance>, as `backups instances` shows it.',
    );
  }
  if (second !== undefined && region !== undefined && region !== first) {
    throw usageError(
      '--region names another region than the instance does: leave one of them out.',
    );
  }
  return regionId === undefined ? searchRegions(instanceId, service) : { regionId, instanceId };
}

async function searchRegions(instanceId: string, service: Finder): Promise<InstanceKey> {
  const keys = (await service.regions()).map((regionId) => ({ regionId, instanceId }));
  const known = await Promise.all(keys.map((key) => service.knows(key)));
  const [found, ...others] = keys.filter((_, i) => known[i]);
  if (found === undefined) throw noInstance(instanceId);
  if (others.length === 0) return found;
  const regions = [found, ...others].map(({ regionId }) => regionId).join(', ');
  throw usageError(
    `Several regions have an instance ${instanceId}: give --region with one of ${regions}.`,
  );
}

export function noInstance(name: string): Error {
  return notFoundError(`There is no instance ${name}: see \`backups instances\`.`);
}
