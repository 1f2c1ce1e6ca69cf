import { describe, expect, it } from '@jest/globals';
import { RefusedTokenError } from '../../../src/auth/authentication-error.js';
import { callerOfClaims } from '../../../src/auth/caller-of-claims.js';

const READ = 'backups:read';
const DOWNLOAD = 'backups:download';

describe('the rights of a caller', () => {
  it.each<[string, object, string[]]>([
    ['scope, by spaces', { scope: `openid ${READ} ${DOWNLOAD}` }, [READ, DOWNLOAD]],
    ['scopes, a list', { scopes: [READ] }, [READ]],
    ['scopes, a string', { scopes: `${READ} x` }, [READ]],
    ['scp, a list', { scp: [DOWNLOAD, 7, null] }, [DOWNLOAD]],
    ['scp, a string', { scp: DOWNLOAD }, [DOWNLOAD]],
    ['several claims together', { scope: READ, scp: [DOWNLOAD] }, [READ, DOWNLOAD]],
    ['no claim', {}, []],
    ['a longer word', { scope: `${READ}:all x${DOWNLOAD}` }, []],
    ['other separators', { scope: `${READ},${DOWNLOAD}` }, []],
    ['an object', { scope: { [READ]: true }, scopes: 1 }, []],
  ])('by %s', (_name, claims, rights) => {
    expect([...callerOfClaims({ sub: 'alice', ...claims }).rights]).toEqual(rights);
  });
});

describe('what a caller sees', () => {
  it('is everything without the claims', () => {
    const caller = callerOfClaims({ sub: 'alice' });
    expect(caller).toMatchObject({ id: 'alice', isKnown: true, regions: null, instances: null });
  });

  it('is narrowed by lists', () => {
    const instances = ['mysql-1', 'cn-east-1/mysql-2'];
    const caller = callerOfClaims({ sub: 'alice', regions: ['cn-north-1'], instances });
    expect([...caller.regions!]).toEqual(['cn-north-1']);
    expect([...caller.instances!]).toEqual(instances);
  });

  it('is nothing with an empty list', () => {
    expect(callerOfClaims({ sub: 'alice', regions: [] }).regions).toEqual(new Set());
  });

  it.each([
    { regions: 'cn-north-1' },
    { regions: null },
    { regions: undefined },
    { regions: [1] },
    { regions: [''] },
    { regions: ['cn-north-1/x'] },
    { regions: { 0: 'cn-north-1' } },
    { instances: '*' },
    { instances: ['*'] },
    { instances: [['mysql-1']] },
    { instances: ['cn-north-1/mysql-1/b'] },
    { instances: ['/mysql-1'] },
    { sub: '' },
    { sub: 7 },
    { sub: 'a'.repeat(257) },
  ])('refuses claims that cannot be read: %j', (claims) => {
    expect(() => callerOfClaims({ sub: 'alice', ...claims } as never)).toThrow(RefusedTokenError);
  });
});
