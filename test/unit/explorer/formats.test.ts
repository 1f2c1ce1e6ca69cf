import { describe, expect, it } from '@jest/globals';
import {
  formatCountdown,
  formatExactBytes,
  formatSize,
  formatTime,
  zoneName,
} from '../../../src/explorer/format.js';

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1_048_064, '1 MiB'],
    [104_857_600, '100 MiB'],
    [5_905_580_032, '5.5 GiB'],
    [Number.MAX_SAFE_INTEGER, '8,192 TiB'],
  ])('show %d bytes as %s', (bytes, text) => {
    expect(formatSize(bytes, 'en')).toBe(text);
  });

  it('are exact on demand', () => {
    expect(formatExactBytes(5_905_580_032, 'en')).toBe('5,905,580,032');
    // Otherwise the page says `98 B (98 bytes)`.
    expect(formatExactBytes(98, 'en')).toBeNull();
  });
});

describe('the countdown', () => {
  it.each([
    [86_400, '24:00:00'],
    [3600, '1:00:00'],
    [3599.9, '59:59'],
    [65, '1:05'],
    [0.4, '0:00'],
    [-5, '0:00'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(formatCountdown(seconds)).toBe(text);
  });
});

describe('times', () => {
  it('name their time zone', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    expect(zoneName('en', new Date('2026-01-04T02:00:00Z'))).toContain(timeZone);
  });

  it('follow the language of the reader', () => {
    expect(formatTime('2026-01-04T12:00:00Z', 'zh-CN')).toMatch(/^2026年1月\d日 \d\d:\d\d:00$/);
  });
});
