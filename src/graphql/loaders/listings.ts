import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import type { IssueOptions } from '../../links/link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import type { DescribeOperations } from '../../upstream/operations/create-operations.js';
import { PAGE_SIZE } from '../../upstream/operations/page.js';
import { createListing, type Listing } from './listing.js';

export interface ListingsOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly operations: DescribeOperations;
  /** What the calls are made for. */
  readonly call: IssueOptions;
}

/** The lists one request reads, each shared by all who look into it. */
export interface Listings {
  backups(instance: InstanceKey): Listing<Backup>;
  instances(regionId: string): Listing<DatabaseInstance>;
  /** Resolves, never fails, once no page of backups is being read and its readers have gone on. */
  backupsQuiet(): Promise<void>;
}

export function createListings(options: ListingsOptions): Listings {
  const { client, operations, call } = options;
  const backups = new Map<string, Listing<Backup>>();
  const instances = new Map<string, Listing<DatabaseInstance>>();
  return {
    backups: (instance) =>
      memoised(backups, formatInstanceId(instance), () =>
        createListing<Backup>({
          pageSize: PAGE_SIZE,
          fetchPage: async (pageNumber) => {
            const operation = operations.describeBackups({ ...instance, pageNumber });
            const { result } = await client.send(operation, call);
            return { ...result, rows: result.backups };
          },
        }),
      ),
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
        await nextTurn();
      } while ([...backups.values()].some((listing) => listing.isReading()));
    },
  };
}

function memoised<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
