import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { shellWord } from '../../../src/cli/terminal/shell-word.js';

const NAMES = [
  'shop.bak',
  '订单.bak',
  'a b.bak',
  "it's.bak",
  '-rf',
  '~',
  '',
  '$(touch ran).bak',
  '`touch ran`.bak',
  'a\n touch ran\n.bak',
  "\u0003'; touch ran #.bak",
  '\u001b[201~\rtouch ran\r',
  '\u0003f\\n',
  'a\u202egnp.bak',
  '\u009b2J',
  '!!.bak',
];

test.each(NAMES)('%j is one word of a shell, and nothing in it acts on a terminal', (name) => {
  const word = shellWord(name);
  expect(word).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  const echoed = execFileSync('bash', ['-c', `printf %s ${word}`], { cwd: tmpdir() });
  expect(echoed.toString()).toBe(name);
});

test('A plain name stays as it is', () => {
  expect(shellWord('shop.bak')).toBe('shop.bak');
  expect(shellWord("it's")).toBe(`'it'\\''s'`);
  expect(shellWord('\u0003')).toBe(`$'\\003'`);
});
