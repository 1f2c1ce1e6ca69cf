import { describe, expect, it } from '@jest/globals';
import { createMemoryLinkStore } from '../../../src/links/memory-link-store.js';
import { linkOf } from '../../helpers/links.js';

describe('links in memory', () => {
  it('are found until they expire', async () => {
    let now = 1000;
    const store = createMemoryLinkStore({ now: () => now });
    store.put('key', linkOf(), 6000);

    now += 6000;
    expect(await store.get('key')).toEqual(linkOf());
    now += 1;
    expect(await store.get('key')).toBeUndefined();
    expect(await store.get('another')).toBeUndefined();
  });

  it('are limited in number: the least recently used is evicted', async () => {
    const store = createMemoryLinkStore({ maxLinks: 2 });
    for (const key of ['a', 'b']) store.put(key, linkOf(), 6000);
    await store.get('a');
    store.put('c', linkOf(), 6000);

    const found = await Promise.all(['a', 'b', 'c'].map((key) => store.get(key)));
    expect(found.map((link) => link !== undefined)).toEqual([true, false, true]);
  });

  it('are limited in bytes: few links of an upstream with long URLs are kept', async () => {
    const store = createMemoryLinkStore({ maxBytes: 20_000 });
    const long = linkOf({ publicUrl: `https://oss.example/${'x'.repeat(8000)}` });
    for (const key of ['a', 'b', 'c']) store.put(key, long, 6000);

    const found = await Promise.all(['a', 'b', 'c'].map((key) => store.get(key)));
    expect(found.map((link) => link !== undefined)).toEqual([false, true, true]);
  });
});
