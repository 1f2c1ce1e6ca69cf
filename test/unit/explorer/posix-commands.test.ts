import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  curlCommand,
  quoteForShell,
  wgetCommand,
} from '../../../src/explorer/link/commands/posix.js';

const LINK = "http://oss.cn-north-1.jcloudcs.com/b/[1].bak?Expires=1&Signature=a+/=&x='$(id)'";

/** The words a shell makes of a command. */
function wordsOf(command: string): string[] {
  const script = `show() { for word; do printf '%s\\0' "$word"; done; }; ${command.replace(/^\S+/, 'show')}`;
  return execFileSync('/bin/sh', ['-c', script]).toString().split('\0').slice(0, -1);
}

describe('quoting for a POSIX shell', () => {
  it('preserves every text', () => {
    // Shell words cannot contain NUL.
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(texts, (words) => {
        expect(wordsOf(`show ${words.map(quoteForShell).join(' ')}`)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });
});

describe.each([
  ['shop.bak', './shop.bak'],
  ['订单库.bak', './订单库.bak'],
  ['it\'s "my" $HOME `db`.bak', './it\'s "my" $HOME `db`.bak'],
  ['two\nlines.bak', './two\nlines.bak'],
  ['-o.bak', './-o.bak'],
  ['-', './-'],
  ['../../etc/passwd', './.._.._etc_passwd'],
  ['a\\b.bak', './a_b.bak'],
  ['..', './backup'],
  ['', './backup'],
])('the commands for a file named %j', (fileName, path) => {
  it('make curl resume into a file in this folder, without globbing the link', () => {
    expect(wordsOf(curlCommand(LINK, fileName))).toEqual([
      ...['--fail', '--location', '--globoff', '--continue-at', '-', '--output', path],
      LINK,
    ]);
  });

  it('make wget resume into a file in this folder', () => {
    expect(wordsOf(wgetCommand(LINK, fileName))).toEqual([
      '--continue',
      `--output-document=${path}`,
      LINK,
    ]);
  });
});
