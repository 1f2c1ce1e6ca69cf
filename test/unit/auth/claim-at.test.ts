import { describe, expect, it } from '@jest/globals';
import { claimAt } from '../../../src/auth/caller-of-claims.js';

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
