import { expect, it } from '@jest/globals';
import { createBoundedNames } from '../../../../src/telemetry/metrics/bounded-names.js';

it('keeps the first names apart and calls all others other', () => {
  const nameOf = createBoundedNames(2);
  expect(['a', 'b', 'c', 'a', 'b'].map((name) => nameOf(name, true))).toEqual([
    'a',
    'b',
    'other',
    'a',
    'b',
  ]);
});

it('lets a name that may not be new take no place', () => {
  const nameOf = createBoundedNames(1);
  expect(nameOf('refused', false)).toBe('other');
  expect(nameOf('run', true)).toBe('run');
  expect(nameOf('run', false)).toBe('run');
});

it('calls a long name other, so that no label is as large as a request may be', () => {
  const nameOf = createBoundedNames(2);
  expect(nameOf('n'.repeat(128), true)).toBe('n'.repeat(128));
  expect(nameOf('n'.repeat(129), true)).toBe('other');
});
