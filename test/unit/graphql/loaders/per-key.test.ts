import DataLoader from 'dataloader';
import { describe, expect, it } from '@jest/globals';
import { perKey } from '../../../../src/graphql/loaders/per-key.js';

type Load = (key: string) => Promise<string>;

/** A loader over `load`, as requests create it, that records its calls and the keys it clears. */
function loaderOf(load: Load) {
  const asked: string[] = [];
  const forgotten: string[] = [];
  const loader: DataLoader<string, string> = new DataLoader(
    perKey(
      (key) => {
        asked.push(key);
        return load(key);
      },
      (key) => {
        forgotten.push(key);
        loader.clear(key);
      },
    ),
  );
  return { loader, asked, forgotten };
}

/** Returns the result of `fail` for bad keys until healed. */
function unwell(fail: () => Promise<string>) {
  const state = { isHealed: false };
  const load: Load = (key) =>
    key.startsWith('bad') && !state.isHealed ? fail() : Promise.resolve(key.toUpperCase());
  return { ...loaderOf(load), heal: () => (state.isHealed = true) };
}

describe('a batch resolved per key', () => {
  it('keeps order and length even if the last key is first to load', async () => {
    const answers: (() => void)[] = [];
    const batch = perKey<string, string>(
      (key) =>
        new Promise((resolve) => {
          answers.push(() => {
            resolve(key.toUpperCase());
          });
        }),
      () => undefined,
    )(['c', 'a', 'b']);
    expect(answers).toHaveLength(3);
    for (const answer of answers.reverse()) answer();
    expect(await batch).toEqual(['C', 'A', 'B']);
  });

  it('loads a repeated key once', async () => {
    const { loader, asked } = loaderOf((key) => Promise.resolve(key));
    expect(await Promise.all([loader.load('a'), loader.load('b'), loader.load('a')])).toEqual([
      'a',
      'b',
      'a',
    ]);
    expect(asked).toEqual(['a', 'b']);
  });

  it.each<[how: string, fail: () => Promise<string>]>([
    ['rejects', () => Promise.reject(new Error('upstream'))],
    [
      'throws at once',
      () => {
        throw new Error('upstream');
      },
    ],
  ])('fails only the key whose load %s, and retries it', async (_, fail) => {
    const { loader, asked, forgotten, heal } = unwell(fail);
    const keys = ['a', 'bad1', 'b', 'bad2'];

    const first = await Promise.allSettled(keys.map((key) => loader.load(key)));
    expect(first).toEqual([
      { status: 'fulfilled', value: 'A' },
      { status: 'rejected', reason: new Error('upstream') },
      { status: 'fulfilled', value: 'B' },
      { status: 'rejected', reason: new Error('upstream') },
    ]);
    expect(forgotten).toEqual(['bad1', 'bad2']);

    heal();
    expect(await Promise.all(keys.map((key) => loader.load(key)))).toEqual([
      'A',
      'BAD1',
      'B',
      'BAD2',
    ]);
    expect(asked).toEqual([...keys, 'bad1', 'bad2']);
  });

  it.each(['text', undefined, null, 0, { code: 'X' }])(
    'wraps a rejection that is not an Error, and keeps it as the cause: %j',
    async (cause) => {
      const { loader, forgotten, heal } = unwell(() =>
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- on purpose
        Promise.reject(cause),
      );
      const [good, bad] = await Promise.allSettled([loader.load('a'), loader.load('bad')]);
      expect(good).toEqual({ status: 'fulfilled', value: 'A' });
      expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'not an error', cause } });
      expect((bad as PromiseRejectedResult).reason).toBeInstanceOf(Error);
      expect(forgotten).toEqual(['bad']);

      heal();
      expect(await loader.load('bad')).toBe('BAD');
    },
  );
});
