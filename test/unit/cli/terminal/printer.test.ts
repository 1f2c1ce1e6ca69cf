import { describe, expect, test } from '@jest/globals';
import type { DownloadEvent } from '../../../../src/cli/download/events.js';
import { createJsonPrinter, createTextPrinter } from '../../../../src/cli/terminal/printer.js';

const HOSTILE = 'a\u001b]0;t\u0007b\r2026 DONE 100 %\n\u009b2J\u202egnp.bak\u007f';

function events(file: string): DownloadEvent[] {
  const sizeBytes = 3000;
  return [
    { kind: 'file-started', file, path: `/x/${file}`, sizeBytes, resumedBytes: 1000, parallel: 4 },
    { kind: 'progress', file, bytes: 1500, sizeBytes, runBytes: 500 },
    { kind: 'line-broke', file, reason: file, attempt: 1, retryInMs: 4000 },
    { kind: 'link-renewed', file, expiresAt: new Date(0) },
    { kind: 'notice', file, message: file },
    { kind: 'started-over', file, reason: file },
    { kind: 'checking', file, bytes: 3000, sizeBytes },
    {
      kind: 'file-done',
      file,
      path: `/x/${file}`,
      outcome: 'downloaded',
      sizeBytes,
      runBytes: 2000,
      ms: 800,
      sha256: 'ab',
      verified: true,
    },
  ];
}

type Mode = 'bar' | 'lines' | 'json';

/** What is printed of events that come so many milliseconds apart. */
function print(mode: Mode, events: readonly DownloadEvent[], stepMs = 31_000): string {
  let text = '';
  let time = 0;
  const write = (more: string): void => void (text += more);
  const now = (): number => (time += stepMs);
  const terminal = { isTerminal: mode === 'bar', columns: () => 100, write };
  const printer =
    mode === 'json' ? createJsonPrinter(write, now) : createTextPrinter(terminal, now);
  for (const event of events) printer.onEvent(event);
  printer.close();
  return text;
}

describe('A name that would steer a terminal', () => {
  const STEERING =
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

  test.each(['lines', 'json'] as const)('does not in mode %s', (mode) => {
    expect(print(mode, events(HOSTILE))).not.toMatch(STEERING);
  });

  test('does not in the bar, which has its own two sequences only', () => {
    expect(print('bar', events(HOSTILE)).replaceAll('\r\u001b[K', '')).not.toMatch(STEERING);
  });

  test('loses nothing in JSON', () => {
    const lines = print('json', events(HOSTILE)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).file)).toEqual(events(HOSTILE).map(() => HOSTILE));
  });
});

test('Lines say what happens', () => {
  const text = print('lines', events('shop.bak'));
  expect(text).toContain('connection lost (shop.bak), retrying in 4 s\n');
  expect(text).toContain('link renewed\n');
  expect(text).toContain('shop.bak: checking, 100.0 %, 2.93 KiB of 2.93 KiB');
  expect(text).toContain(
    '/x/shop.bak: complete, 2.93 KiB (1.95 KiB in this run in 0.8 s, 2.44 KiB/s), SHA-256 ab, verified\n',
  );
});

describe('300 files', () => {
  const many = (): DownloadEvent[] => {
    const sizeBytes = 1000;
    const files = Array.from({ length: 300 }, (_, i) => `${i}.bak`);
    const done = files.slice(3).flatMap((file, i): DownloadEvent[] => [
      { kind: 'file-started', file, path: `/x/${file}`, sizeBytes, resumedBytes: 0, parallel: 1 },
      { kind: 'progress', file, bytes: sizeBytes, sizeBytes, runBytes: sizeBytes },
      {
        kind: 'file-done',
        file,
        path: `/x/${file}`,
        outcome: 'downloaded',
        sizeBytes,
        runBytes: sizeBytes,
        ms: 1,
        sha256: 'ab',
        verified: i > 1,
      },
    ]);
    const failed = files
      .slice(0, 3)
      .map((file): DownloadEvent => ({ kind: 'file-failed', file, message: 'No.' }));
    return [
      { kind: 'started', files: 300, sizeBytes: 300_000 },
      ...failed,
      ...done,
      {
        kind: 'summary',
        files: 297,
        sizeBytes: 297_000,
        verified: 295,
        withoutChecksum: 2,
        failed: 3,
        runBytes: 297_000,
        ms: 12_000,
      },
    ];
  };

  test('are one line on a terminal, the failures and one summary', () => {
    const kept = print('bar', many(), 40)
      .split('\n')
      .map((line) => line.split('\r\u001b[K').at(-1) ?? '');
    expect(kept).toEqual([
      '0.bak: No.',
      '1.bak: No.',
      '2.bak: No.',
      '297 files, 290 KiB (290 KiB in this run in 12 s, 24.2 KiB/s), 295 verified, 2 without a checksum, 3 failed',
      '',
    ]);
    expect(print('bar', many(), 40)).toMatch(
      /150 of 300 files {2}\[=+ +\] {2}49\.0 %, 144 KiB of 293 KiB/,
    );
  });

  test('are all there for a program', () => {
    const kinds = print('json', many(), 40)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    expect(kinds.filter((kind) => kind === 'file-done')).toHaveLength(297);
  });
});
