import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { formatDuration, formatSize } from '../../../src/cli/terminal/format.js';
import { formatTable } from '../../../src/cli/terminal/table.js';

const table = (rows: readonly (readonly [string | null, string | null, string | null])[]) =>
  formatTable(
    [
      { title: 'NAME', cell: ([name]) => name },
      { title: 'SIZE', cell: ([, size]) => size, align: 'right' },
      { title: 'STATUS', cell: ([, , status]) => status },
    ],
    rows,
  );

describe('a table', () => {
  it('lines its columns up, whatever the width of a character', () => {
    const text = table([
      ['订单库', '9 B', 'COMPLETED'],
      ['plain', '12 B', 'ERROR'],
      ['e\u0301te\u0301 👩‍💻', '1 B', 'x'],
    ]);
    const places = text
      .trimEnd()
      .split('\n')
      .map((line) => stringWidth(line.slice(0, line.search(/STATUS|COMPLETED|ERROR|x$/))));
    expect(new Set(places).size).toBe(1);
  });

  it('shows what is not known as a hyphen, and leaves no blanks at the end of a line', () => {
    expect(table([[null, '', null]])).toBe('NAME  SIZE  STATUS\n-        -  -\n');
  });

  it.each([200, 60, 40, 25, 5])('of optional columns fits into %d places', (width) => {
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

  it('keeps a row on its line, and as wide as it is shown', () => {
    const lines = table([
      ['a\nb\u001b[2J', '1 B', 'y'],
      ['c', '1 B', 'y'],
    ]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('a\\nb\\u001b[2J');
    expect(lines[1]!.length).toBe(lines[2]!.length);
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
