import { beforeEach, expect, it } from '@jest/globals';
import {
  createDownloadPlaces,
  type DownloadPlace,
} from '../../../src/embedded/api/download-places.js';

const KIB = 1024;
const SECOND = 1000;

let now: number;
let cut: string[];

beforeEach(() => {
  now = 0;
  cut = [];
});

function setUp(maxDownloads: number) {
  const places = createDownloadPlaces({ maxDownloads, now: () => now });
  return (linkId: string, name = linkId) => places.take(linkId, () => cut.push(name));
}

function taken(place: DownloadPlace | 'shared' | null): DownloadPlace {
  if (place === null || place === 'shared') throw new Error(`no place: ${place}`);
  return place;
}

it('one link takes at most an eighth of all places', () => {
  const take = setUp(512);
  const first = taken(take('a'));
  for (let count = 1; count < 64; count += 1) taken(take('a'));
  expect(take('a')).toBe('shared');
  taken(take('b'));
  first.leave();
  first.leave();
  taken(take('a'));
  expect(take('a')).toBe('shared');
});

it.each([1, 2, 8])('a link has a place of its own with %i places', (maxDownloads) => {
  const take = setUp(maxDownloads);
  const only = taken(take('a'));
  expect(take('a')).toBe('shared');
  only.leave();
  taken(take('a'));
});

it('only while all places are taken, the slowest below the least rate gives way', () => {
  const take = setUp(3);
  const [fast, slow, slower] = ['fast', 'slow', 'slower'].map((name) => taken(take(name)));
  for (; now < 60 * SECOND; now += SECOND) {
    fast!.sent(20 * KIB);
    slow!.sent(10 * KIB);
    slower!.sent(5 * KIB);
  }
  expect(cut).toEqual([]);
  taken(take('next'));
  expect(cut).toEqual(['slower']);
  taken(take('another'));
  expect(cut).toEqual(['slower', 'slow']);
  // The others are fast, or too new to tell.
  expect(take('one more')).toBeNull();
  slower!.leave();
  expect(take('one more')).toBeNull();
});

it('a fast start earns no place for later', () => {
  const take = setUp(1);
  const stalled = taken(take('stalled'));
  stalled.sent(1024 * 1024 * KIB);
  now += 31 * SECOND;
  expect(take('next')).toBeNull();
  now += 31 * SECOND;
  taken(take('next'));
  expect(cut).toEqual(['stalled']);
});
