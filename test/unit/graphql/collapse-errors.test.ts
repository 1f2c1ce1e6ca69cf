import { describe, expect, it } from '@jest/globals';
import { collapseErrors } from '../../../src/graphql/plugins/limit-answer.js';

const errors = (count: number, code = 'UPSTREAM_TIMEOUT', message = 'It did not answer.') =>
  Array.from({ length: count }, (_, index) => ({
    message,
    path: ['_entities', index],
    extensions: { code, requestId: `r-${index}` },
  }));

describe('errors of one kind', () => {
  it('stay separate up to 100, each with its path', () => {
    expect(collapseErrors(errors(100))).toEqual(errors(100));
  });

  it('collapse beyond 100 into one, with the first path and their count', () => {
    const all = errors(500);
    const told = collapseErrors(all);
    expect(told).toHaveLength(101);
    expect(told.slice(0, 100)).toEqual(all.slice(0, 100));
    expect(told[100]).toEqual({
      message: 'It did not answer.',
      path: ['_entities', 100],
      extensions: { code: 'UPSTREAM_TIMEOUT', requestId: 'r-100', count: 400 },
    });
  });

  it('carry no count if there is only one', () => {
    expect(collapseErrors(errors(101))).toEqual(errors(101));
  });

  it('do not hide errors of another kind, in any order', () => {
    const rare = errors(3, 'INVALID_ID', 'Invalid id.');
    const told = collapseErrors([rare[0]!, ...errors(300), ...rare.slice(1)]);
    expect(told).toHaveLength(104);
    expect(told.filter(({ extensions }) => extensions?.['code'] === 'INVALID_ID')).toEqual(rare);
    expect(told.filter(({ extensions }) => extensions?.['count'] !== undefined)).toHaveLength(1);
  });

  it('are grouped by code and message', () => {
    const told = collapseErrors([...errors(150), ...errors(150, 'A'), ...errors(150, 'A', 'B')]);
    expect(told.map(({ extensions }) => extensions?.['count']).filter(Boolean)).toEqual([
      50, 50, 50,
    ]);
  });
});
