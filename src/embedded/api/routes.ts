import { HOME_REGION } from '../../domain/regions.js';
import { notFound } from './api-error.js';
import { matchPath } from './match-path.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { describeBackupDownloadUrl, type LinkOptions } from './describe-backup-download-url.js';
import { describeBackups } from './describe-backups.js';
import {
  describeInstanceAttributes,
  describeInstances,
  describeRegions,
} from './describe-instances.js';
import type { Parameters } from './parameters.js';

/** The operation of a path. */
export interface RoutedOperation {
  readonly regionId: string;
  run(parameters: Parameters): Promise<object>;
}

export type FindOperation = (path: readonly string[]) => RoutedOperation;

/** The operations of the API by path, all GET. The link operation has two published paths. */
export function createRoutes(catalogue: Catalogue, options: LinkOptions): FindOperation {
  return (path) => {
    if (matchPath('/v1/regions', path)) {
      return { regionId: HOME_REGION, run: () => describeRegions(catalogue) };
    }
    const region = '/v1/regions/{regionId}';
    const backups = matchPath(`${region}/backups`, path);
    if (backups) return routed(backups, (query) => describeBackups(catalogue, backups, query));

    const instances = matchPath(`${region}/instances`, path);
    if (instances) {
      return routed(instances, (query) => describeInstances(catalogue, instances, query));
    }

    const instance = matchPath(`${region}/instances/{instanceId}`, path);
    if (instance) return routed(instance, () => describeInstanceAttributes(catalogue, instance));

    const link =
      matchPath(`${region}/backups/{backupId}/downloadURLs`, path) ??
      matchPath(`${region}/backups/{backupId}:describeBackupDownloadURL`, path);
    if (link) {
      return routed(link, (query) => describeBackupDownloadUrl(catalogue, options, link, query));
    }
    throw notFound('No such route.');
  };
}

function routed(
  { regionId }: { readonly regionId: string },
  run: RoutedOperation['run'],
): RoutedOperation {
  return { regionId, run };
}
