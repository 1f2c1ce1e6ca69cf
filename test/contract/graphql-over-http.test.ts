import { describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { useProduct } from '../helpers/product.js';

/** Unmet recommendations of the audit, by their permanent IDs, with reasons. */
const deviations: Readonly<Record<string, readonly [kind: 'warn' | 'notice', why: string]>> = {
  '572B': ['warn', 'Apollo answers 400 to what does not parse, whatever is accepted.'],
  FDE2: ['warn', 'Apollo answers 400 to what is not valid, whatever is accepted.'],
  '7B9B': ['warn', 'Apollo answers 400 to variables of a wrong type, whatever is accepted.'],
  '5A70': ['notice', 'A GET without a header that pages of other sites cannot set is refused.'],
  D6D5: ['notice', 'The same: a GET without such a header.'],
  '6A70': ['notice', 'The same: a GET without such a header.'],
};

const { product } = await useProduct();

const audits = serverAudits({ url: () => `${product.origin}/graphql` });

describe('the audit of GraphQL over HTTP', () => {
  it.each(audits.map((audit) => ({ ...audit, expected: deviations[audit.id]?.[0] ?? 'ok' })))(
    '$id: $name ($expected)',
    async ({ fn, expected }) => {
      const { status } = await fn();
      expect(status).toBe(expected);
    },
  );

  it('explains only audits that need it', () => {
    const ids = audits.map(({ id }) => id);
    expect(Object.keys(deviations).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
