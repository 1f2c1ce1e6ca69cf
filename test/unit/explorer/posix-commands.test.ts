import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quoteForShell } from '../../../src/domain/shell-word.js';
import { curlCommand, wgetCommand } from '../../../src/explorer/link/commands.js';

const LINK = "http://oss.cn-north-1.jcloudcs.com/b/[1].bak?Expires=1&Signature=a+/=&x='$(id)'";

/** The words that a shell passes to the program of a command. */
function wordsOf(command: string, shell: string): string[] {
  const show = String.raw`show() { for word; do printf '%s\0' "$word"; done >&2; }`;
  const script = `exec 2>&1; ${show}; ${command.replace(/^(code=\$\()?\w+/, '$1show')}`;
  return execFileSync(shell, ['-c', script]).toString().split('\0').slice(0, -1);
}

it('quoting for a POSIX shell preserves every text', () => {
  // Shell words cannot contain NUL, and are bytes of UTF-8.
  const text = fc.string({ unit: 'binary' }).map((some) => some.replaceAll(/[\0\p{Cs}]/gu, ''));
  const words = fc.sample(text, 300);
  expect(wordsOf(`show ${words.map(quoteForShell).join(' ')}`, 'bash')).toEqual(words);
});

describe.each([
  ['shop.bak', './shop.bak'],
  ['订单库.bak', './订单库.bak'],
  ['it\'s "my" $HOME `db`.bak', './it\'s "my" $HOME `db`.bak'],
  ['two\nlines.bak', './two_lines.bak'],
  ['a\x03b\x1b[201~c\u202ed\x9be\u2028f\ud800.bak', './a_b_[201~c_d_e_f_.bak'],
  ['-o.bak', './-o.bak'],
  ['-', './-'],
  ['../../etc/passwd', './.._.._etc_passwd'],
  ['a\\b.bak', './a_b.bak'],
  ['..', './backup'],
  ['', './backup'],
])('the commands for a file named %j', (fileName, path) => {
  it('make curl resume into a file in this folder, without globbing the link', () => {
    expect(wordsOf(curlCommand(LINK, fileName), '/bin/sh')).toEqual([
      ...['--fail', '--location', '--retry', '5', '--globoff', '--continue-at', '-'],
      ...['--output', path, '--write-out', '%{http_code}', LINK],
    ]);
  });

  it('make wget resume into a file in this folder', () => {
    expect(wordsOf(wgetCommand(LINK, fileName), '/bin/sh')).toEqual([
      ...['--continue', `--output-document=${path}`, LINK],
    ]);
  });
});

it('what is not ASCII in a link is percent-encoded', () => {
  const link = 'https://x.example/订\r\x1b[201~\ud800 "a"';
  const encoded = 'https://x.example/%E8%AE%A2%0D%1B[201~%EF%BF%BD%20"a"';
  expect(wordsOf(wgetCommand(link, 'a'), '/bin/sh').at(-1)).toBe(encoded);
});
