import type DataLoader from 'dataloader';

/**
 * A batch function that loads each key separately and in parallel: a failed key fails alone and is
 * forgotten, so that the next load in the request retries.
 */
export function perKey<Key, Value>(
  load: (key: Key) => Promise<Value>,
  forget: (key: Key) => void,
): DataLoader.BatchLoadFn<Key, Value> {
  return (keys) =>
    Promise.all(
      keys.map(async (key) => {
        try {
          return await load(key);
        } catch (error) {
          forget(key);
          return error instanceof Error ? error : new Error('not an error', { cause: error });
        }
      }),
    );
}
