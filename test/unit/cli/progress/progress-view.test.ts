import { describe, expect, test } from '@jest/globals';
import { ProgressView } from '../../../../src/cli/progress/progress-view.js';

const MB = 1_000_000;
const file = 'shop.bak';

function viewAt(resumedBytes: number, sizeBytes: number | null) {
  const clock = { now: 1_800_000_000_000 };
  const view = new ProgressView(() => clock.now);
  view.follow({ kind: 'file-started', file, path: null, sizeBytes, resumedBytes, parallel: 4 });
  let runBytes = 0;
  return {
    view,
    /** Time passes, in which bytes may come. */
    pass: (seconds: number, bytes: number, came = 0) => {
      clock.now += seconds * 1000;
      runBytes += came;
      view.follow({ kind: 'progress', file, bytes, sizeBytes, runBytes });
      return view.progress!;
    },
    clock,
  };
}

describe('A file resumed at 90 % at 1 MB/s', () => {
  test('has the rate of this run and the right time left', () => {
    const { pass } = viewAt(900 * MB, 1000 * MB);
    let progress = pass(0.5, 900.5 * MB);
    expect(progress.bytesPerSecond).toBeNull();
    for (let second = 1; second <= 10; second += 1) progress = pass(1, (900.5 + second) * MB);
    expect(progress.bytesPerSecond).toBe(MB);
    expect(progress.secondsLeft).toBe(90);
    expect(progress.percent).toBe(91);
  });
});

test('What stands still says so, and has no time left', () => {
  const { pass } = viewAt(0, 1000 * MB);
  for (let second = 1; second <= 20; second += 1) pass(1, second * MB);
  let progress = pass(5, 20 * MB);
  expect(progress.stalled).toBe(false);
  for (let second = 0; second < 20; second += 1) progress = pass(1, 20 * MB);
  expect(progress).toMatchObject({
    stalled: true,
    bytesPerSecond: 0,
    secondsLeft: null,
    percent: 2,
  });
});

test('The percentage neither falls nor passes 100, unless the file starts over', () => {
  const { view, pass } = viewAt(0, 100);
  expect(pass(1, 60).percent).toBe(60);
  expect(pass(1, 50).percent).toBe(60);
  expect(pass(1, 150).percent).toBe(100);
  view.follow({ kind: 'started-over', file, reason: 'x' });
  expect(pass(1, 10).percent).toBe(10);
});

test.each([
  [null, { percent: null, secondsLeft: null }],
  [0, { percent: 100, secondsLeft: null }],
])('A size of %s gives no number that is not finite', (sizeBytes, expected) => {
  const { pass } = viewAt(0, sizeBytes);
  expect(pass(3, 0)).toMatchObject(expected);
});

test('A forecast of years is none', () => {
  const { pass } = viewAt(0, 1e15);
  expect(pass(10, 1).secondsLeft).toBeNull();
});

test('The check has a progress of its own', () => {
  const { view, clock, pass } = viewAt(0, 100);
  pass(1, 100);
  for (const bytes of [0, 25, 50]) {
    clock.now += 1000;
    view.follow({ kind: 'checking', file, bytes, sizeBytes: 100 });
  }
  expect(view.progress).toMatchObject({
    phase: 'checking',
    percent: 50,
    bytesPerSecond: 25,
    secondsLeft: 2,
  });
});
