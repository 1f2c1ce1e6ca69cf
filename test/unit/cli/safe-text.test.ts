import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toJsonLine } from '../../../src/cli/terminal/safe-text.js';
import { safeText } from '../../../src/domain/safe-text.js';

/** What a terminal acts on, or what reorders the text around it. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

it.each([
  ['a title of the window', 'x\u001b]0;t\u0007', 'x\\u001b]0;t\\u0007'],
  ['a line written over', 'ok\r2026 DONE 100 %', 'ok\\r2026 DONE 100 %'],
  ['a control of one byte', '\u009b2J', '\\u009b2J'],
  ['a line of its own', 'a\nb', 'a\\nb'],
  ['text from right to left', '\u202egnp.bak', '\\u202egnp.bak'],
  ['a mark that reorders', 'a\u200fb\u061c', 'a\\u200fb\\u061c'],
  ['an invisible tag', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['half a character', 'a\ud800', 'a\\ud800'],
  ['names of people', 'Größe 订单库 👩‍💻', 'Größe 订单库 👩‍💻'],
])('shows %s as text', (_case, text, shown) => {
  expect(safeText(text)).toBe(shown);
});

it('lets nothing through that steers a terminal, and no half of a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(safeText(text)).not.toMatch(STEERING);
      expect(Buffer.from(safeText(text)).toString()).toBe(safeText(text));
    }),
  );
});

it('writes JSON that is safe to show, and that reads back as it was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
      (value) => {
        const line = toJsonLine(value);
        expect(line.slice(0, -1)).not.toMatch(STEERING);
        expect(line.endsWith('}\n')).toBe(true);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});
