import { canBeLinked } from '../../bucket/object-key.js';
import type { FoundObject, StoreClient } from '../../bucket/store-client.js';
import { isStoreFault } from '../../bucket/store-error.js';
import type { NewBackup } from '../arguments.js';

/** Finds faults in the objects of `--object`. @throws StoreError if the store fails */
export async function findObjectFaults(
  { objects, allowEmpty }: NewBackup,
  client: Pick<StoreClient, 'head'>,
): Promise<string[]> {
  const faults = await Promise.all(
    objects.map(async (key) => {
      if (key === '' || key.endsWith('/')) return `--object: "${key}" is not an object key`;
      if (!canBeLinked(key)) {
        return `--object: a link cannot contain the key ${JSON.stringify(key)}; copy the object to another key first`;
      }
      const found = await find(key, client);
      if (found === null) {
        return `--object: ${key} is not in the bucket; use its full key`;
      }
      return found.size === 0 && !allowEmpty
        ? `--object: ${key} is empty; add --allow-empty if that is intended`
        : undefined;
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

/** Null if the object does not exist or these credentials may not read it. */
async function find(key: string, client: Pick<StoreClient, 'head'>): Promise<FoundObject | null> {
  try {
    return await client.head(key);
  } catch (error) {
    if (isStoreFault(error, 'missing', 'refused')) return null;
    throw error;
  }
}
