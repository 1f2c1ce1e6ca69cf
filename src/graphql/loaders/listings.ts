import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { formatInstanceId, type BackupKey, type InstanceKey } from '../../domain/ids.js';
import type { IssueOptions } from '../../links/link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import {
  type BackupPageRequest,
  type BackupQuery,
  type DescribeOperations,
  PAGE_SIZE,
} from '../../upstream/operations/create-operations.js';
import { createListing, type Listing, type Page } from './listing.js';

export interface ListingsOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly operations: DescribeOperations;
  /** Options of the upstream calls. */
  readonly call: IssueOptions;
}

/** The lists of one request, shared by all its readers. */
export interface Listings {
  backups(instance: InstanceKey): Listing<Backup>;
  /** The same list, filtered upstream; an upstream may ignore the filter. */
  narrowedBackups(instance: InstanceKey, query: BackupQuery): Listing<Backup>;
  /** The first page of the response to a lookup of one backup. */
  lookUp(key: BackupKey): Promise<Page<Backup>>;
  instances(regionId: string): Listing<DatabaseInstance>;
  /**
   * Resolves, never rejects, when no page of backups is being read and its readers have continued.
   */
  backupsQuiet(): Promise<void>;
}

export function createListings(options: ListingsOptions): Listings {
  const { client, operations, call } = options;
  const backups = new Map<string, Listing<Backup>>();
  const instances = new Map<string, Listing<DatabaseInstance>>();
  const lookups = new Set<Promise<unknown>>();

  async function fetchBackups(request: BackupPageRequest): Promise<Page<Backup>> {
    const { result } = await client.send(operations.describeBackups(request), call);
    return { ...result, rows: result.backups };
  }

  const backupsOf = (instance: InstanceKey, query?: BackupQuery): Listing<Backup> =>
    memoised(backups, `${formatInstanceId(instance)} ${query ? JSON.stringify(query) : ''}`, () =>
      createListing<Backup>({
        pageSize: PAGE_SIZE,
        fetchPage: (pageNumber) => fetchBackups({ ...instance, pageNumber, query }),
      }),
    );

  return {
    backups: (instance) => backupsOf(instance),
    narrowedBackups: backupsOf,
    lookUp({ backupId, ...instance }) {
      const page = fetchBackups({ ...instance, pageNumber: 1, query: { backupId } });
      lookups.add(page);
      const end = () => lookups.delete(page);
      page.then(end, end);
      return page;
    },
    instances: (regionId) =>
      memoised(instances, regionId, () =>
        createListing({
          pageSize: PAGE_SIZE,
          fetchPage: async (pageNumber) => {
            const operation = operations.describeInstances({ regionId, pageNumber });
            const { result } = await client.send(operation, call);
            return { ...result, rows: result.instances };
          },
        }),
      ),
    async backupsQuiet() {
      do {
        await Promise.all([...backups.values()].map((listing) => listing.settled()));
        await Promise.allSettled(lookups);
        await nextTurn();
      } while (lookups.size > 0 || [...backups.values()].some((listing) => listing.isReading()));
    },
  };
}

function memoised<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
