import { LRUCache } from 'lru-cache';
import type { QueryLimits } from '../../config/config.js';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { engineFromTraits, type Engine } from '../../domain/engines.js';
import { PublicError } from '../../domain/errors.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import { CLOUD_REGION_NAMES, type Region, toRegion } from '../../domain/regions.js';
import type { IssueOptions, LinkSource } from '../../links/reusing-link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import {
  type DescribeOperations,
  describeRegions,
} from '../../upstream/operations/create-operations.js';
import type { AnswerMemory } from '../limits/answer-memory.js';
import type { BackupFilterInput } from '../types/arguments.js';
import { type BackupLoader, createBackupLoader, createFilterMemory } from './backup-loader.js';
import { filteredBackups } from './filtered-backups.js';
import { createInstanceLoader, type InstanceLoader } from './instance-loader.js';
import { createLinkLoader, type LinkLoader } from './link-loader.js';
import type { FilteredListing, Listing } from './listing.js';
import { createListings } from './listings.js';

/** The loaders of one request, created per request so that callers share nothing. */
export interface Loaders {
  readonly backup: Pick<BackupLoader, 'load'>;
  readonly backups: (
    instance: InstanceKey,
    filter: BackupFilterInput | null | undefined,
  ) => Promise<FilteredListing<Backup>>;
  /**
   * The engine of a backup: from its row, otherwise from its instance, otherwise, for a deleted
   * instance, from properties specific to one engine. Null if undetermined.
   */
  readonly engineOf: (backup: Backup) => Promise<Engine | null>;
  readonly instance: Pick<InstanceLoader, 'load'>;
  readonly instances: (regionId: string) => Listing<DatabaseInstance>;
  readonly link: LinkLoader;
  readonly regions: () => Promise<readonly Region[]>;
}

/** The source of regions: an upstream that lists its own, or the known regions of the cloud. */
export type RegionSource = 'upstream' | 'cloud';

export interface LoadersOptions extends CallSources {
  readonly operations: DescribeOperations;
  readonly regionSource: RegionSource;
  readonly limits: Pick<QueryLimits, 'links' | 'upstreamCalls'>;
}

const MAX_INSTANCES = 10_000;

/** Returns a function that creates the loaders of a request. */
export function createLoaders(
  options: LoadersOptions,
): (call: IssueOptions, answer: Pick<AnswerMemory, 'throwIfRefused'>) => Loaders {
  const { limits, operations, regionSource } = options;
  // An engine never changes, and is returned only to callers that can see the instance. Nothing else
  // of an instance is kept, so that deletion is noticed immediately.
  const engines = new LRUCache<string, Engine>({ max: MAX_INSTANCES });
  const filters = createFilterMemory();

  return (call, answer) => {
    const { client, links } = limitCalls(options, limits.upstreamCalls);
    const listings = createListings({ client, operations, call });
    const instance = createInstanceLoader({ client, operations, call, listings });
    let regions: Promise<readonly Region[]> | undefined;
    return {
      backup: createBackupLoader(listings, filters),
      backups: (key, filter) => filteredBackups({ listings, filters }, key, filter),
      async engineOf(backup) {
        const id = formatInstanceId(backup);
        const known = backup.engine ?? engines.get(id);
        if (known) return known;
        const found = await instance.load(backup);
        if (!found) return engineFromTraits(traitsOf(backup));
        if (found.engine !== null) engines.set(id, found.engine);
        return found.engine;
      },
      instance,
      instances: (regionId) => listings.instances(regionId),
      link: createLinkLoader({ links, call, answer, maxLinks: limits.links }),
      regions: () =>
        (regions ??=
          regionSource === 'cloud'
            ? Promise.resolve(Object.keys(CLOUD_REGION_NAMES).map(toRegion))
            : client.send(describeRegions(), call).then(({ result }) => result)),
    };
  };
}

const traitsOf = ({ files, type, unit }: Backup) => ({
  files: files.map(({ name }) => name),
  type,
  unit,
});

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
  const within = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    calls += 1;
    return calls > max ? Promise.reject(tooManyCalls(max)) : call();
  };
  return {
    client: { send: (operation, options) => within(() => client.send(operation, options)) },
    links: {
      issue: (request, options) => within(() => links.issue(request, options)),
      atHand(request, options) {
        // Over the limit, `issue` refuses.
        if (calls >= max) return undefined;
        const link = links.atHand(request, options);
        if (link) calls += 1;
        return link;
      },
    },
  };
}

function tooManyCalls(max: number): PublicError {
  return new PublicError(
    'QUERY_TOO_COMPLEX',
    `The operation exceeds the limit of ${max} upstream calls; split it into several operations.`,
  );
}
