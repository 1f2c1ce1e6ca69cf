import { describe, expect, it } from '@jest/globals';
import { deriveSigningKey, createSigningKeys } from '../../../../src/upstream/sign/signature.js';

const scope = { regionId: 'cn-north-1', service: 'rds' };

describe('cached signing keys', () => {
  const derive = createSigningKeys();

  it.each([
    ['at first', 'SECRET', '20261125', scope],
    ['again', 'SECRET', '20261125', scope],
    ['on the next day', 'SECRET', '20261126', scope],
    ['of another region', 'SECRET', '20261126', { ...scope, regionId: 'cn-east-2' }],
    ['of another service', 'SECRET', '20261126', { ...scope, service: 'vm' }],
    ['of another secret', 'OTHER', '20261126', scope],
    ['of the first secret again', 'SECRET', '20261125', scope],
  ])('match the definition %s', (_, secret, day, of) => {
    expect(derive(secret, day, of)).toEqual(deriveSigningKey(secret, day, of));
  });

  it('are derived only once', () => {
    expect(derive('SECRET', '20261125', scope)).toBe(derive('SECRET', '20261125', scope));
  });
});
