import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTimeScalar, SafeIntScalar, UrlScalar } from '../../../src/graphql/scalars.js';

/** The first and last moments RFC 3339 can represent. */
const FIRST = new Date('0000-01-01T00:00:00.000Z');
const LAST = new Date('9999-12-31T23:59:59.999Z');

describe('DateTime', () => {
  it('prints every moment as JavaScript does, but omits zero milliseconds', () => {
    // Includes whole seconds, which random moments rarely hit.
    const date = fc.date({ min: FIRST, max: LAST, noInvalidDate: true });
    const moments = fc.oneof(
      date,
      date.map((moment) => new Date(Math.floor(+moment / 1000) * 1000)),
    );
    fc.assert(
      fc.property(moments, (moment) => {
        const text = moment.toISOString().replace('.000Z', 'Z');
        expect(DateTimeScalar.serialize(moment)).toBe(text);
      }),
    );
  });

  it('rejects an invalid date', () => {
    expect(() => DateTimeScalar.serialize(new Date(NaN))).toThrow(RangeError);
  });

  it.each([
    [FIRST, '0000-01-01T00:00:00Z'],
    [LAST, '9999-12-31T23:59:59.999Z'],
  ])('prints the year of %p with four digits', (moment, text) => {
    expect(DateTimeScalar.serialize(moment)).toBe(text);
  });

  it.each([+FIRST - 1, +LAST + 1, 999_999_999_999_000])(
    'rejects %d, whose year RFC 3339 cannot represent',
    (time) => {
      expect(() => DateTimeScalar.serialize(new Date(time))).toThrow(RangeError);
    },
  );

  it('parses a moment with a zone', () => {
    expect(DateTimeScalar.parseValue('2020-01-07T15:14:07+08:00')).toEqual(
      new Date('2020-01-07T07:14:07Z'),
    );
  });

  it.each(['2020-01-07T15:14:07', '2020-01-07', 'yesterday', 5])('rejects %j', (value) => {
    expect(() => DateTimeScalar.parseValue(value)).toThrow();
  });
});

it('URL serializes a link byte for byte', () => {
  const link = 'http://oss.example:80/b/../k?Signature=a+b/c==&x=%7e 订';
  expect(UrlScalar.serialize(link)).toBe(link);
});

it('SafeInt represents sizes above 2^31', () => {
  expect(SafeIntScalar.serialize(53_687_091_200)).toBe(53_687_091_200);
});
