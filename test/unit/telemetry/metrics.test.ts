import { expect, it } from '@jest/globals';
import { createBoundedNames } from '../../../src/telemetry/metrics.js';

it('keeps the first names distinct and maps the rest to other', () => {
  const nameOf = createBoundedNames(2);
  expect(['a', 'b', 'c', 'a', 'b'].map((name) => nameOf(name, true))).toEqual([
    'a',
    'b',
    'other',
    'a',
    'b',
  ]);
});

it('does not add a name that must not be new', () => {
  const nameOf = createBoundedNames(1);
  expect(nameOf('refused', false)).toBe('other');
  expect(nameOf('run', true)).toBe('run');
  expect(nameOf('run', false)).toBe('run');
});

it('maps a long name to other, so that labels stay small', () => {
  const nameOf = createBoundedNames(2);
  expect(nameOf('n'.repeat(128), true)).toBe('n'.repeat(128));
  expect(nameOf('n'.repeat(129), true)).toBe('other');
});
