import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { progressOn } from '../../../../src/cli/commands/add.js';
import { ProgressView } from '../../../../src/cli/terminal/printer.js';
import { barLine, createProgressLine } from '../../../../src/cli/terminal/progress.js';

const MB = 1_000_000;
const MIB = 1024 * 1024;
const file = 'shop.bak';

function viewAt(resumedBytes: number, sizeBytes: number | null) {
  const clock = { now: 1_800_000_000_000 };
  const view = new ProgressView(() => clock.now);
  view.follow({ kind: 'file-started', file, path: null, sizeBytes, resumedBytes, parallel: 4 });
  return {
    view,
    clock,
    /** Time passes, in which bytes may come. */
    pass: (seconds: number, bytes: number) => {
      clock.now += seconds * 1000;
      view.follow({ kind: 'progress', file, bytes, sizeBytes, runBytes: bytes });
      return view.progress!;
    },
  };
}

test('A file resumed at 90 % has the rate of this run and the right time left', () => {
  const { pass } = viewAt(900 * MB, 1000 * MB);
  let progress = pass(0.5, 900.5 * MB);
  expect(progress.bytesPerSecond).toBeNull();
  for (let second = 1; second <= 10; second += 1) progress = pass(1, (900.5 + second) * MB);
  expect(progress).toMatchObject({ bytesPerSecond: MB, secondsLeft: 90, percent: 91 });
});

test('A stalled transfer says so, and has no time left', () => {
  const { pass } = viewAt(0, 1000 * MB);
  for (let second = 1; second <= 20; second += 1) pass(1, second * MB);
  let progress = pass(5, 20 * MB);
  expect(progress.stalled).toBe(false);
  for (let second = 0; second < 20; second += 1) progress = pass(1, 20 * MB);
  const stalled = { stalled: true, bytesPerSecond: 0, secondsLeft: null, percent: 2 };
  expect(progress).toMatchObject(stalled);
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
  [null, 0, { percent: null, secondsLeft: null }],
  [0, 0, { percent: 100, secondsLeft: null }],
  // A forecast of years is none.
  [1e15, 1, { secondsLeft: null }],
])('Of %s bytes no number is infinite', (sizeBytes, bytes, expected) => {
  expect(viewAt(0, sizeBytes).pass(10, bytes)).toMatchObject(expected);
});

test('The check has a progress of its own', () => {
  const { view, clock, pass } = viewAt(0, 100);
  pass(1, 100);
  for (const bytes of [0, 25, 50]) {
    clock.now += 1000;
    view.follow({ kind: 'checking', file, bytes, sizeBytes: 100 });
  }
  const progress = { phase: 'checking', percent: 50, bytesPerSecond: 25, secondsLeft: 2 };
  expect(view.progress).toMatchObject(progress);
});

test.each([1, 5, 20, 40, 60, 80, 200])('The bar fits into %s columns', (width) => {
  const line = barLine(
    {
      phase: 'moving',
      label: '商店数据库备份商店数据库备份商店数据库备份.bak',
      bytes: 1e12,
      sizeBytes: 3e12,
      percent: 33.3,
      bytesPerSecond: 12_345_678,
      stalled: false,
      secondsLeft: 123_456,
    },
    width,
  );
  expect(stringWidth(line)).toBeLessThanOrEqual(width);
});

describe('the progress of adding a backup', () => {
  /** What is shown while bytes move ten times a second, or are found stored by an earlier run. */
  function transfer(isTerminal: boolean, from: { done: number; kept: number }, isStored = false) {
    let now = 0;
    const written: string[] = [];
    const write = (text: string): void => void written.push(text);
    const clock = (): number => now;
    const line = createProgressLine({ write, isTerminal, columns: () => 100 }, clock);
    const onProgress = progressOn(line, clock);
    let { done, kept } = from;
    for (const total = 1000 * MIB; done < total;) {
      now += 100;
      done += MIB;
      if (isStored) kept += MIB;
      onProgress({ done, total, kept });
    }
    line.end();
    return written;
  }

  test('is a line every 30 s where there is no terminal', () => {
    expect(transfer(false, { done: 0, kept: 0 })).toEqual([
      '30.0 %, 300 MiB of 1000 MiB, 10.0 MiB/s, 1 min 10 s left\n',
      '60.0 %, 600 MiB of 1000 MiB, 10.0 MiB/s, 40 s left\n',
      '90.0 %, 900 MiB of 1000 MiB, 10.0 MiB/s, 10 s left\n',
    ]);
  });

  test('is one line on a terminal, and is erased at the end', () => {
    const lines = transfer(true, { done: 0, kept: 0 });
    expect(lines[499]).toBe(
      '\r\u001b[K[===============               ]  50.0 %, 500 MiB of 1000 MiB, 10.0 MiB/s, 50 s left',
    );
    expect(lines.at(-1)).toBe('\r\u001b[K');
  });

  test('does not count what an earlier run stored into the rate', () => {
    const lines = transfer(true, { done: 900 * MIB, kept: 900 * MIB });
    expect(lines[20]).toContain('92.1 %, 921 MiB of 1000 MiB, 10.0 MiB/s, 8 s left');
    expect(lines.join('')).not.toMatch(/checking|stalled/);
  });

  test('says that it checks what an earlier run stored', () => {
    const lines = transfer(true, { done: 0, kept: 0 }, true);
    expect(lines[700]).toContain('checking, 70.1 %, 701 MiB of 1000 MiB');
    expect(lines.join('')).not.toContain('stalled');
  });
});
