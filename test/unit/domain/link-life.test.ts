import { describe, expect, it } from '@jest/globals';
import { linkLife } from '../../../src/domain/link-expiry.js';

const answeredAt = new Date('2026-01-31T12:00:00Z');

describe('the lifetime of a link', () => {
  it.each<[string, string | null, number | undefined, number | null]>([
    ['lasts until its end', '2026-01-31T12:05:00Z', undefined, 300_000],
    ['is never longer than was asked for', '2026-01-31T12:15:00Z', 60, 60_000],
    ['may be shorter than was asked for', '2026-01-31T12:00:30Z', 60, 30_000],
    ['is over with its end', '2026-01-31T11:59:00Z', 60, 0],
    ['is never longer than a day', '9999-12-31T23:59:59Z', undefined, 86_400_000],
    ['is not known without an end', null, 60, null],
  ])('%s', (_, end, lifetime, expected) => {
    const expiresAt = end === null ? null : new Date(end);
    const asked = lifetime === undefined ? {} : { lifetime };

    expect(linkLife({ expiresAt, answeredAt, ...asked })).toBe(expected);
  });
});
