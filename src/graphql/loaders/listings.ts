import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { formatInstanceId, type BackupKey, type InstanceKey } from '../../domain/ids.js';
import type { IssueOptions } from '../../links/reusing-link-source.js';
import type { UpstreamClient } from '../../upstream/client.js';
import {
  type BackupPageRequest,
  type BackupQuery,
  type DescribeOperations,
  PAGE_SIZE,
} from '../../upstream/operations/create-operations.js';
import { createListing, type Page, type UpstreamListing } from './listing.js';

export interface ListingsOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly operations: DescribeOperations;
  /** Options of the upstream calls. */
  readonly call: IssueOptions;
}

/** The lists of one request, shared by all its readers. */
export interface Listings {
  /** The backups of an instance, filtered by a query, which an upstream may ignore. */
  backups(instance: InstanceKey, query?: BackupQuery): UpstreamListing<Backup>;
  /** The first page of the response to a lookup of one backup. */
  lookUp(key: BackupKey): Promise<Page<Backup>>;
  instances(regionId: string): UpstreamListing<DatabaseInstance>;
  /**
   * Resolves, never rejects, when no page of backups is being read and its readers have continued.
   */
  backupsQuiet(): Promise<void>;
}

export function createListings({ client, operations, call }: ListingsOptions): Listings {
  const backups = new Map<string, UpstreamListing<Backup>>();
  const instances = new Map<string, UpstreamListing<DatabaseInstance>>();
  const reading = new Set<Promise<unknown>>();

  function fetchBackups(request: BackupPageRequest): Promise<Page<Backup>> {
    const page = client
      .send(operations.describeBackups(request), call)
      .then(({ result }) => ({ ...result, rows: result.backups }));
    reading.add(page);
    const end = () => reading.delete(page);
    page.then(end, end);
    return page;
  }

  return {
    backups: (instance, query) =>
      memoised(backups, `${formatInstanceId(instance)} ${JSON.stringify(query)}`, () =>
        createListing({
          pageSize: PAGE_SIZE,
          fetchPage: (pageNumber) => fetchBackups({ ...instance, pageNumber, query }),
        }),
      ),
    lookUp: ({ backupId, ...instance }) =>
      fetchBackups({ ...instance, pageNumber: 1, query: { backupId } }),
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
        await Promise.allSettled(reading);
        await nextTurn();
      } while (reading.size > 0);
    },
  };
}

/** The value of a key, created and kept if there is none. */
export function memoised<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}
