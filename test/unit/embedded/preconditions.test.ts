import { describe, expect, it } from '@jest/globals';
import { parseHttpDate } from '../../../src/domain/http-date.js';
import { judgePreconditions, rangeStands } from '../../../src/embedded/api/send-file.js';

const ETAG = '"1f-a-17"';
const MODIFIED = 'Wed, 07 Jan 2026 07:14:07 GMT';
const BEFORE = 'Wed, 07 Jan 2026 07:14:06 GMT';
const AFTER = 'Wed, 07 Jan 2026 07:14:08 GMT';
const validators = { etag: ETAG, lastModified: MODIFIED };

describe('the status after evaluating preconditions', () => {
  it.each<[Record<string, string>, number]>([
    [{}, 200],
    [{ 'if-match': ETAG }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': `"x", ${ETAG}` }, 200],
    [{ 'if-match': `,"x" ,, ${ETAG},` }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': '"x", "y"' }, 412],
    [{ 'if-match': `W/${ETAG}` }, 412],
    [{ 'if-match': '1f-a-17' }, 412],
    [{ 'if-match': `"a,${ETAG}` }, 412],
    [{ 'if-match': '' }, 412],
    [{ 'if-unmodified-since': MODIFIED }, 200],
    [{ 'if-unmodified-since': AFTER }, 200],
    [{ 'if-unmodified-since': BEFORE }, 412],
    [{ 'if-unmodified-since': 'yesterday' }, 200],
    [{ 'if-unmodified-since': '2026-01-07' }, 200],
    [{ 'if-unmodified-since': `${BEFORE}, ${BEFORE}` }, 200],
    [{ 'if-unmodified-since': 'Wednesday, 07-Jan-26 07:14:06 GMT' }, 412],
    [{ 'if-unmodified-since': 'Wed Jan  7 07:14:06 2026' }, 412],
    // If-Match takes precedence; If-Unmodified-Since is then ignored.
    [{ 'if-match': ETAG, 'if-unmodified-since': BEFORE }, 200],
    [{ 'if-match': '"x"', 'if-unmodified-since': MODIFIED }, 412],
    [{ 'if-none-match': ETAG }, 304],
    [{ 'if-none-match': `W/${ETAG}` }, 304],
    [{ 'if-none-match': `"x", W/${ETAG}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-modified-since': MODIFIED }, 304],
    [{ 'if-modified-since': AFTER }, 304],
    [{ 'if-modified-since': BEFORE }, 200],
    [{ 'if-modified-since': 'x' }, 200],
    [{ 'if-none-match': '"x"', 'if-modified-since': MODIFIED }, 200],
    [{ 'if-none-match': ETAG, 'if-modified-since': BEFORE }, 304],
    [{ 'if-match': '"x"', 'if-none-match': ETAG }, 412],
    [{ 'if-match': ETAG, 'if-none-match': ETAG }, 304],
    [{ 'if-unmodified-since': BEFORE, 'if-modified-since': MODIFIED }, 412],
  ])('%j is %i', (headers, verdict) => {
    expect(judgePreconditions(headers, validators)).toBe(verdict);
  });
});

it.each<[string | undefined, boolean]>([
  [undefined, true],
  [ETAG, true],
  [MODIFIED, true],
  [`W/${ETAG}`, false],
  ['"x"', false],
  [AFTER, false],
  [`${ETAG}, "x"`, false],
])('If-Range %j allows a range: %s', (ifRange, stands) => {
  const headers = ifRange === undefined ? {} : { 'if-range': ifRange };
  expect(rangeStands(headers, validators)).toBe(stands);
});

it('maps two-digit years to the nearest century', () => {
  expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  expect(parseHttpDate('Sun Nov  6 08:49:37 1994')).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  expect(parseHttpDate('Sun, 06 Xyz 1994 08:49:37 GMT')).toBeUndefined();
});
