import { canBeLinked } from '../../bucket/object-key.js';
import type { FoundObject, StoreClient } from '../../bucket/store-client.js';
import { isStoreFault } from '../../bucket/store-error.js';
import type { NewBackup } from '../arguments.js';

/** What is wrong with the objects of `--object`. @throws StoreError where the store fails */
export async function findObjectFaults(
  { objects, allowEmpty }: NewBackup,
  client: Pick<StoreClient, 'head'>,
): Promise<string[]> {
  const faults = await Promise.all(
    objects.map(async (key) => {
      if (key === '' || key.endsWith('/')) return `--object: "${key}" is no key of an object`;
      if (!canBeLinked(key)) {
        return `--object: no link can carry the key ${JSON.stringify(key)}: copy it to another one first`;
      }
      const found = await find(key, client);
      if (found === null) {
        return `--object: ${key} is not in the bucket; give its key from the root of the bucket`;
      }
      return found.size === 0 && !allowEmpty
        ? `--object: ${key} is empty; add --allow-empty where that is meant`
        : undefined;
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

/** Null where the bucket has no such object, or these credentials may not read it. */
async function find(key: string, client: Pick<StoreClient, 'head'>): Promise<FoundObject | null> {
  try {
    return await client.head(key);
  } catch (error) {
    if (isStoreFault(error, 'missing', 'refused')) return null;
    throw error;
  }
}
