import type { ListedObject, StoreClient } from './store-client.js';
import { StoreError } from './store-error.js';

/** Pages in a row without a key, which some stores send while they skip what was deleted. */
const MAX_EMPTY_PAGES = 1000;

/**
 * Every object whose key begins with `prefix`, page after page.
 * @throws StoreError `unavailable` where the listing does not come to its end: some stores say that there is
 *   more without saying where, or name a place that was listed already
 */
export async function readListing(
  client: Pick<StoreClient, 'list'>,
  prefix: string,
  onPage: (objects: readonly ListedObject[]) => void | Promise<void>,
): Promise<void> {
  const tokens = new Set<string>();
  const firstKeys = new Set<string>();
  let empty = 0;
  let token: string | undefined;
  for (;;) {
    const page = await client.list(prefix, { token });
    const first = page.objects[0]?.key;
    if (first === undefined) empty += 1;
    else {
      empty = 0;
      if (firstKeys.has(first)) throw stuck('LISTING_REPEATS');
      firstKeys.add(first);
    }
    await onPage(page.objects);
    if (!page.isTruncated) return;
    token = page.token;
    if (token === undefined) throw stuck('LISTING_WITHOUT_TOKEN');
    if (tokens.has(token) || empty > MAX_EMPTY_PAGES) throw stuck('LISTING_REPEATS');
    tokens.add(token);
  }
}

function stuck(code: string): StoreError {
  return new StoreError('unavailable', code);
}
