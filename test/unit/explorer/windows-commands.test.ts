import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cmdCommand,
  powerShellCommand,
  quoteForCmd,
  quoteForPowerShell,
} from '../../../src/explorer/link/commands.js';
import { wordsOfCmd, wordsOfPowerShell } from '../../helpers/windows-shells.js';

const LINK = "http://oss.example/b/o'neil%20(1)&2.bak?Expires=1&Signature=a%2Bb%3D&x=!a^b!";
const OPTIONS = [
  'curl.exe',
  '--fail',
  '--location',
  '--retry',
  '5',
  '--globoff',
  '--continue-at',
  '-',
  '--output',
];
const VARIABLES = { CD: 'C:\\', PATH: 'C:\\bin', E5: 'five', Signature: 'x' };

describe.each([
  ['shop.bak', 'shop.bak'],
  ['订单库.bak', '订单库.bak'],
  ["o'neil (1)&2.bak", "o'neil (1)&2.bak"],
  ['it’s ‘my’ ‚db‛.bak', 'it’s ‘my’ ‚db‛.bak'],
  ['a^b!c;d$e`f.bak', 'a^b!c;d$e`f.bak'],
  ['a"b<c>d|e?f*g:h.bak', 'a_b_c_d_e_f_g_h.bak'],
  ['../up\\down.bak', '.._up_down.bak'],
  ['a\uff02 b\uff0fc\x9bd\u202ee.bak', 'a_ b_c_d_e.bak'],
  ['two\nlines.bak', 'two_lines.bak'],
  ['-o', '-o'],
  ['ends in dots. .', 'ends in dots___'],
  ['NUL', '_NUL'],
  ['com1.bak', '_com1.bak'],
  ['console.bak', 'console.bak'],
  ['', 'backup'],
])('the Windows commands for a file named %j', (fileName, name) => {
  it('reach the program unchanged from PowerShell and cmd', () => {
    const words = [...OPTIONS, `.\\${name}`, LINK];
    expect(wordsOfPowerShell(powerShellCommand(LINK, fileName))).toEqual(words);
    expect(wordsOfCmd(cmdCommand(LINK, fileName), VARIABLES)).toEqual(words);
  });
});

it.each([
  'https://x.example/%CD%BE.bak?Signature=a%2Bb',
  'https://x.example/%E5%8D%95%E5%BA%93.bak?a=%E5%E5%',
  'https://x.example/a?b=%path%&c=%PATH%%CD%',
  'https://x.example/a?Signature=100%',
])('cmd expands no variable in %s', (link) => {
  expect(wordsOfCmd(cmdCommand(link, '50%PATH%.bak'), VARIABLES)).toEqual([
    ...OPTIONS,
    '.\\50_PATH_.bak',
    link,
  ]);
});

it('a double quote in a link is percent-encoded', () => {
  const link = 'https://x.example/a"b';
  expect(wordsOfCmd(cmdCommand(link, 'a')).at(-1)).toBe('https://x.example/a%22b');
  expect(wordsOfPowerShell(powerShellCommand(link, 'a')).at(-1)).toBe('https://x.example/a%22b');
});

it('a plain link appears verbatim', () => {
  const link = 'https://x.example/a.bak?Expires=1&Signature=a%2Bb';
  expect(cmdCommand(link, 'a.bak')).toContain(` "${link}"`);
  expect(powerShellCommand(link, 'a.bak')).toContain(` '${link}'`);
});

describe('quoting', () => {
  // Characters allowed in URLs, and those PowerShell treats as quotes.
  const text = fc.string({
    unit: fc.constantFrom(..."abCD25%&^!()<>|=+;,~'‘’‚‛$`@#{}[] ".split('')),
    minLength: 1,
    maxLength: 30,
  });

  it('preserves every text in PowerShell', () => {
    fc.assert(
      fc.property(text, (word) => {
        expect(wordsOfPowerShell(`x ${quoteForPowerShell(word)}`)).toEqual(['x', word]);
      }),
    );
  });

  it('preserves every text in cmd, whatever variables are set', () => {
    fc.assert(
      fc.property(text, (word) => {
        const variables = { ...VARIABLES, a: '1', C: '2', D: '3', ab: '4' };
        expect(wordsOfCmd(`x ${quoteForCmd(word)}`, variables)).toEqual(['x', word]);
      }),
    );
  });
});
