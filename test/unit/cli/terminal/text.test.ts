import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { formatTable } from '../../../../src/cli/terminal/table.js';
import {
  formatDuration,
  formatSize,
  shellWord,
  toJsonLine,
} from '../../../../src/cli/terminal/text.js';
import { safeText } from '../../../../src/domain/safe-text.js';

/** What a terminal acts on, or what reorders the text around it. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const anyText = fc.string({ unit: 'binary' });

it.each([
  ['a window title', 'x\u001b]0;t\u0007', 'x\\u001b]0;t\\u0007'],
  ['a carriage return', 'ok\r2026 DONE 100 %', 'ok\\r2026 DONE 100 %'],
  ['a one-byte control', '\u009b2J', '\\u009b2J'],
  ['a line break', 'a\nb', 'a\\nb'],
  ['text from right to left', '\u202egnp.bak', '\\u202egnp.bak'],
  ['a mark that reorders', 'a\u200fb\u061c', 'a\\u200fb\\u061c'],
  ['an invisible tag', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['half a character', 'a\ud800', 'a\\ud800'],
  ['names of people', 'Größe 订单库 👩‍💻', 'Größe 订单库 👩‍💻'],
])('shows %s as text', (_case, text, shown) => {
  expect(safeText(text)).toBe(shown);
});

it('never shows anything that steers a terminal, nor half a character', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(safeText(text)).not.toMatch(STEERING);
      expect(Buffer.from(safeText(text)).toString()).toBe(safeText(text));
    }),
  );
});

it('writes JSON that is safe to show and parses to the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (value) => {
      const line = toJsonLine(value);
      expect(line.slice(0, -1)).not.toMatch(STEERING);
      expect(line.endsWith('}\n')).toBe(true);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

describe('a word of a shell', () => {
  test('is read as it is, and contains nothing that acts on a terminal', () => {
    const names = [
      ...['shop.bak', '订单.bak', 'a b.bak', "it's.bak", '-rf', '~', '', '!!.bak', '\u009b2J'],
      ...['$(touch ran).bak', '`touch ran`.bak', 'a\n touch ran\n.bak', '\u0003f\\n'],
      ...["\u0003'; touch ran #.bak", '\u001b[201~\rtouch ran\r', 'a\u202egnp.bak'],
    ];
    const words = names.map(shellWord);
    expect(words.filter((word) => /[\p{Cc}\p{Cf}]/u.test(word))).toEqual([]);
    const script = `printf '%s\\0' ${words.join(' ')}`;
    const echoed = execFileSync('bash', ['-c', script], { cwd: tmpdir() }).toString();
    expect(echoed.split('\0').slice(0, -1)).toEqual(names);
  });

  test('is quoted only if it must be', () => {
    expect(['shop.bak', "it's", '\u0003'].map(shellWord)).toEqual([
      'shop.bak',
      `'it'\\''s'`,
      `$'\\003'`,
    ]);
  });
});

describe('a table', () => {
  const table = (...rows: readonly (readonly [string | null, string, string | null])[]) =>
    formatTable(
      [
        { title: 'NAME', cell: ([name]) => name },
        { title: 'SIZE', cell: ([, size]) => size, align: 'right' },
        { title: 'STATUS', cell: ([, , status]) => status },
      ],
      rows,
    );

  it('aligns its columns, whatever the width of a character', () => {
    const places = table(
      ['订单库', '9 B', 'COMPLETED'],
      ['plain', '12 B', 'ERROR'],
      ['e\u0301te\u0301 👩‍💻', '1 B', 'x'],
    )
      .trimEnd()
      .split('\n')
      .map((line) => stringWidth(line.slice(0, line.search(/STATUS|COMPLETED|ERROR|x$/))));
    expect(new Set(places).size).toBe(1);
  });

  it('shows unknown values as a hyphen, and has no trailing blanks', () => {
    expect(table([null, '', null])).toBe('NAME  SIZE  STATUS\n-        -  -\n');
  });

  it('keeps a row on one line, as wide as it is shown', () => {
    const lines = table(['a\nb\u001b[2J', '1 B', 'y'], ['c', '1 B', 'y']).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('a\\nb\\u001b[2J');
    expect(lines[1]!.length).toBe(lines[2]!.length);
  });

  it.each([200, 60, 40, 25, 5])('with optional columns fits into %d columns', (width) => {
    const columns = [
      { title: 'BACKUP', cell: () => '3f2b8c1e-0000' },
      { title: 'NAME', cell: () => '订单库的每日完整备份', isOptional: true },
      { title: 'NOTE', cell: () => 'x'.repeat(30), isOptional: true },
    ] as const;
    const lines = formatTable(columns, [0, 1], width).trimEnd().split('\n');
    expect(lines.every((line) => stringWidth(line) <= Math.max(width, 13))).toBe(true);
    expect(lines.slice(1).every((line) => line.startsWith('3f2b8c1e-0000'))).toBe(true);
    expect(lines[0]?.includes('NOTE')).toBe(width >= 60);
  });
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [1536, '1.50 KiB'],
  [1024 ** 2 - 1, '1.00 MiB'],
  [300 * 1024 ** 3, '300 GiB'],
  [12.5 * 1024 ** 2, '12.5 MiB'],
])('shows %d bytes as %s', (bytes, shown) => {
  expect(formatSize(bytes)).toBe(shown);
});

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [3600, '1 h'],
  [5430, '1 h 30 min 30 s'],
])('shows %d seconds as %s', (seconds, shown) => {
  expect(formatDuration(seconds)).toBe(shown);
});
