import { describe, expect, it } from '@jest/globals';
import { RefusedTokenError } from '../../../src/auth/authentication-error.js';
import { callerOfClaims, type CallerRules, claimAt } from '../../../src/auth/caller-of-claims.js';

const READ = 'backups:read';
const DOWNLOAD = 'backups:download';

const byDefault: CallerRules = {
  subjectClaim: 'sub',
  rightsClaims: ['scope', 'scopes', 'scp'],
  readScopes: [READ],
  downloadScopes: [DOWNLOAD],
};

const rightsIn = (claims: object, rules: Partial<CallerRules> = {}) => [
  ...callerOfClaims({ sub: 'alice', ...claims }, { ...byDefault, ...rules }).rights,
];

describe('the permissions of a caller', () => {
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
  ])('come from %s', (_name, claims, rights) => {
    expect(rightsIn(claims)).toEqual(rights);
  });

  it.each<[string[], object, string[]]>([
    [['roles'], { roles: [READ, DOWNLOAD] }, [READ, DOWNLOAD]],
    [['permissions'], { permissions: [READ] }, [READ]],
    [['realm_access.roles'], { realm_access: { roles: [DOWNLOAD] } }, [DOWNLOAD]],
    [['scope', 'permissions'], { scope: 'openid', permissions: [READ] }, [READ]],
    [['scope', 'permissions'], { scope: READ, permissions: [DOWNLOAD] }, [READ, DOWNLOAD]],
    [['roles'], { scope: READ, roles: [] }, []],
    [['roles'], { roles: READ }, []],
    [['roles'], { roles: `${READ} ${DOWNLOAD}` }, []],
    [['roles'], { roles: { [READ]: true } }, []],
    [['roles'], { roles: [[READ], { name: READ }, null, `${READ} x`] }, []],
    [['realm_access.roles'], { realm_access: [{ roles: [READ] }] }, []],
    [['realm_access.roles'], { realm_access: null }, []],
    [['realm_access.roles'], { realm_access: 'roles' }, []],
    [['constructor.name'], {}, []],
  ])('come from the claims %j in %j', (rightsClaims, claims, rights) => {
    expect(rightsIn(claims, { rightsClaims })).toEqual(rights);
  });

  it('come only from the configured names', () => {
    const rules = {
      readScopes: ['backups/read', 'Backups.Read'],
      downloadScopes: ['backups/download'],
    };
    expect(rightsIn({ scope: 'openid backups/read' }, rules)).toEqual([READ]);
    expect(rightsIn({ scp: 'Backups.Read' }, rules)).toEqual([READ]);
    expect(rightsIn({ scope: 'backups/download' }, rules)).toEqual([DOWNLOAD]);
    expect(rightsIn({ scope: `${READ} ${DOWNLOAD}` }, rules)).toEqual([]);
  });
});

describe('the instances a caller sees', () => {
  it('are unrestricted without the claims', () => {
    const caller = callerOfClaims({ sub: 'alice' }, byDefault);
    expect(caller).toMatchObject({ id: 'alice', isKnown: true, regions: null, instances: null });
  });

  it('are restricted by lists', () => {
    const instances = ['mysql-1', 'cn-east-1/mysql-2'];
    const caller = callerOfClaims({ sub: 'alice', regions: ['cn-north-1'], instances }, byDefault);
    expect([...caller.regions!]).toEqual(['cn-north-1']);
    expect([...caller.instances!]).toEqual(instances);
  });

  it('are none with an empty list', () => {
    expect(callerOfClaims({ sub: 'alice', regions: [] }, byDefault).regions).toEqual(new Set());
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
  ])('cannot be read from malformed claims: %j', (claims) => {
    expect(() => callerOfClaims({ sub: 'alice', ...claims } as never, byDefault)).toThrow(
      RefusedTokenError,
    );
  });
});

describe('a claim', () => {
  it.each<[string, object, unknown]>([
    ['roles', { roles: ['a'] }, ['a']],
    ['https://example.com/roles', { 'https://example.com/roles': ['a'] }, ['a']],
    ['realm_access.roles', { realm_access: { roles: ['a'] } }, ['a']],
    ['resource_access.web-app.roles', { resource_access: { 'web-app': { roles: ['a'] } } }, ['a']],
    ['resource_access.a.b.c.roles', { resource_access: { 'a.b.c': { roles: ['a'] } } }, ['a']],
    ['resource_access.a.b.roles', { resource_access: { a: {}, 'a.b': { roles: ['a'] } } }, ['a']],
    ['https://a.example/x.roles', { 'https://a.example/x': { roles: ['a'] } }, ['a']],
    ['a.b', { 'a.b': 'exact', a: { b: 'path' } }, 'exact'],
    ['a.b', { a: { b: null } }, null],
    ['cognito:groups', { 'cognito:groups': ['a'] }, ['a']],
  ])('%s is found in %j', (name, claims, found) => {
    expect(claimAt(claims, name)).toEqual(found);
  });

  it.each<[string, object]>([
    ['roles', {}],
    ['a.b', { a: 'b' }],
    ['a.0', { a: ['b'] }],
    ['a.b', { a: null }],
    ['.', { a: 1 }],
    ['a.', { a: { b: 1 } }],
    ['toString', {}],
    ['a.constructor', { a: {} }],
    ['__proto__.x', {}],
  ])('%s is not in %j', (name, claims) => {
    expect(claimAt(claims, name)).toBeUndefined();
  });
});
