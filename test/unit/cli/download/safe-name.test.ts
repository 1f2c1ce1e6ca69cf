import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { basename, join, win32 } from 'node:path';
import { toDistinctNames, toSafeName } from '../../../../src/cli/download/safe-name.js';

test.each([
  ['shop.bak', 'shop.bak'],
  ['商店.bak', '商店.bak'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['C:\\x\\y.bak', 'C__x_y.bak'],
  ['a\u0000b\n\u001b[2J\u202egnp.bak', 'a_b__[2J_gnp.bak'],
  ['con', '_con'],
  ['NUL.bak', '_NUL.bak'],
  ['com1.tar.gz', '_com1.tar.gz'],
  ['COM¹', '_COM¹'],
  ['console.bak', 'console.bak'],
  ['end. ', 'end_'],
  ['..', '_'],
  ['.', '_'],
  ['', '_'],
  [' ', '_'],
  ['a<b>c|d?e*f"g.bak', 'a_b_c_d_e_f_g.bak'],
])('The name %j becomes %j', (name, expected) => {
  expect(toSafeName(name)).toBe(expected);
});

describe('Any name', () => {
  const anyName = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ maxLength: 400 }),
  );

  test('stays in its folder and fits there', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const safe = toSafeName(name);
        expect(basename(join('/dir', safe))).toBe(safe);
        expect(win32.basename(win32.join('C:\\dir', safe))).toBe(safe);
        expect(['', '.', '..']).not.toContain(safe);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(255);
        expect(safe).not.toMatch(/[. ]$/);
      }),
    );
  });

  test('is distinguished from others without regard to case, in any order', () => {
    const names = fc.array(
      fc.constantFrom('a.bak', 'A.bak', 'a:bak', 'a?bak', 'a*bak', 'a~d2d1f3ab.bak'),
    );
    fc.assert(
      fc.property(names, (list) => {
        const chosen = toDistinctNames(list);
        const distinct = new Map(list.map((name, i) => [name, chosen[i]?.toLowerCase()]));
        expect(new Set(distinct.values()).size).toBe(distinct.size);
        expect([...toDistinctNames([...list].reverse())].reverse()).toEqual(chosen);
      }),
    );
  });

  test('with a mark that another one has already gets another mark', () => {
    const [, marked = ''] = toDistinctNames(['A.bak', 'a.bak']);
    const chosen = toDistinctNames(['A.bak', 'a.bak', marked]);
    expect(new Set(chosen.map((name) => name.toLowerCase())).size).toBe(3);
  });
});
