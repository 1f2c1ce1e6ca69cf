import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { settings } from '../../src/config/settings.js';

const readme = readFileSync('README.md', 'utf8');
const codes =
  readFileSync('src/domain/errors.ts', 'utf8').match(/(?<= {2}\| ')[A-Z_]+(?=')/g) ?? [];
const tests = readdirSync('test/integration');

describe('the README', () => {
  it('tells every setting', () => {
    const missing = Object.keys(settings.shape).filter((name) => !readme.includes(name));
    expect(missing).toEqual([]);
  });

  it('tells the default of every setting that is a number', () => {
    const defaults = settings.parse({}) as Record<string, unknown>;
    const numbers = Object.entries(defaults).filter(([, value]) => typeof value === 'number');
    const wrong = numbers.filter(([name, value]) => {
      const row = readme
        .split('\n')
        .find((line) => new RegExp(`^\\|[^|]*\\b${name}\\b`).test(line));
      const [, names = '', told = ''] = row?.split('|') ?? [];
      const index = names.split(',').findIndex((part) => part.trim() === name);
      return told.split(',')[index]?.trim() !== String(value);
    });
    expect(wrong).toEqual([]);
  });

  it('tells every error code of our own', () => {
    expect(codes.length).toBeGreaterThan(15);
    expect(
      codes.filter((code) => code !== 'BAD_USER_INPUT' && !readme.includes(`\`${code}\``)),
    ).toEqual([]);
  });

  it('names tests that are there', () => {
    const named = [...readme.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !tests.includes(name ?? ''))).toEqual([]);
  });
});
