import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  FIRST_VIEW,
  formatView,
  isMisnamed,
  parseView,
  type View,
} from '../../../src/explorer/view/view.js';
import { inputOfMoment, momentOfInput } from '../../../src/explorer/format.js';

const NARROW: View = {
  regionId: 'cn-east-2',
  instanceId: 'sqlserver-83uqv7avy4',
  filter: {
    status: 'RETAINED',
    type: 'FULL',
    mode: 'AUTO',
    databaseName: '订单库 & Söhne #1',
    startedAfter: '2026-01-04T02:00:00.000Z',
    startedBefore: '2026-01-05T02:00:00.000Z',
  },
  after: 'eyJwIjoxOX0=+/',
  start: 40,
  pageSize: 50,
  backupId: '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
};

describe('a view in the address', () => {
  it.each([FIRST_VIEW, NARROW])('is read as it was written: %j', (view) => {
    expect(parseView(formatView(view))).toEqual(view);
  });

  it('has the page size of the reader unless it names one', () => {
    expect(parseView(formatView(FIRST_VIEW), 50).pageSize).toBe(50);
    expect(parseView('#size=100', 50).pageSize).toBe(100);
    // A cursor is a place on pages of one size.
    expect(parseView(formatView({ ...FIRST_VIEW, after: 'c', start: 20 }), 50).pageSize).toBe(20);
  });

  it('holds only what is set', () => {
    expect(formatView(FIRST_VIEW)).toBe('#region=cn-north-1');
  });

  it.each([
    ['', FIRST_VIEW],
    ['#', FIRST_VIEW],
    ['#region=../secret&instance=a/b&backup=%00', FIRST_VIEW],
    [
      '#status=completed&type=HALF&mode=&database=&from=yesterday&to=2026-99-99T00:00:00Z',
      FIRST_VIEW,
    ],
    ['#token=abc&url=http://x', FIRST_VIEW],
    ['#size=1000&start=-5', FIRST_VIEW],
    ['#size=&start=1e9', FIRST_VIEW],
  ])('drops what is invalid: %s', (fragment, view) => {
    expect(parseView(fragment)).toEqual(view);
  });

  it.each([
    ['#region=no%20where', true],
    ['#region=cn-north-1&instance=a%2Fb', true],
    ['#instance=a&backup=%00', true],
    ['#region=&type=HALF', false],
    [formatView(NARROW), false],
  ])('that names something malformed is reported: %s, %s', (fragment, isReported) => {
    expect(isMisnamed(fragment)).toBe(isReported);
  });

  it('accepts any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), (fragment) => {
        const view = parseView(fragment);
        expect(parseView(formatView(view))).toEqual(view);
      }),
    );
  });
});

describe('a date field', () => {
  it('preserves a moment to the minute', () => {
    const moment = '2026-01-04T02:30:00.000Z';
    expect(momentOfInput(inputOfMoment(moment))).toBe(moment);
  });

  it('is null when empty', () => {
    expect(momentOfInput('')).toBeNull();
    expect(inputOfMoment(undefined)).toBe('');
  });
});
