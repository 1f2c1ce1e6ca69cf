import { describe, expect, it } from '@jest/globals';
import {
  durationOption,
  limitOption,
  momentOption,
  readOptions,
  toSeconds,
} from '../../../src/cli/options.js';
import { toEndpoint } from '../../../src/cli/service/endpoint.js';

/** What a command line was refused with. */
function refusal(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    const { message, exitCode } = error as { message: string; exitCode: number };
    expect(exitCode).toBe(2);
    return message;
  }
}

describe('a duration', () => {
  it.each([
    ['3600', 3600],
    ['90s', 90],
    ['30m', 1800],
    ['30min', 1800],
    ['1h', 3600],
    ['1H30M', 5400],
    ['1h30m5s', 5405],
    ['7d', 604_800],
    [' 1h ', 3600],
  ])('%s is %d seconds', (text, seconds) => {
    expect(toSeconds(text)).toBe(seconds);
  });

  it.each(['', '-1h', '1.5h', 'h', '1h30', '30m1h', '1 h', '１h', '9'.repeat(30)])(
    '%j is none',
    (text) => {
      expect(toSeconds(text)).toBeNull();
      expect(refusal(() => durationOption('--timeout', text))).toMatch(/^--timeout is .*1h/);
    },
  );
});

it.each(['0', '00s', '0h0m'])('a duration of %s is out of range', (text) => {
  expect(refusal(() => durationOption('--expires-in', text))).toBe(
    '--expires-in is out of range: give 1 second or more.',
  );
});

describe('a moment', () => {
  const now = new Date('2026-11-25T10:00:00Z');

  it.each([
    ['2026-11-20T02:00:00Z', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20t02:00:00.123z', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20 02:00+08:00', '2026-11-19T18:00:00.000Z'],
    ['2026-11-20T02:00-0330', '2026-11-20T05:30:00.000Z'],
    ['7d', '2026-11-18T10:00:00.000Z'],
    ['90m', '2026-11-25T08:30:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(momentOption('--since', text, now).toISOString()).toBe(moment);
  });

  it('without a zone is one of this machine', () => {
    expect(momentOption('--since', '2026-11-20', now)).toEqual(new Date(2026, 10, 20));
    expect(momentOption('--since', '2026-11-20 02:03:04', now)).toEqual(
      new Date(2026, 10, 20, 2, 3, 4),
    );
  });

  it.each([
    '',
    'yesterday',
    '2026',
    '20261120',
    '2026-02-30',
    '2026-13-01',
    '2026-11-20T24:00Z',
    '20.11.2026',
    '2026-11-20T02:00+25:00',
    '1700000000',
  ])('%j is none', (text) => {
    expect(refusal(() => momentOption('--since', text, now))).toMatch(/^--since is .*2026-11-20/);
  });
});

describe('the options of a command', () => {
  const options = { json: { help: '' }, file: { value: 'NAME', help: '' } } as const;
  const read = (...args: string[]) => readOptions(args, options, '<backup>');

  it('may stand before and after the operand', () => {
    expect(read('--json', 'a', '--file=-x')).toEqual({
      values: { json: true, file: '-x' },
      operand: 'a',
    });
    expect(read('--', '-a').operand).toBe('-a');
  });

  it.each([
    [['a', '--nope'], '--nope is not an option of this command; see --help.'],
    [['a', '--nope=secret'], '--nope is not an option of this command; see --help.'],
    [['a', '-x'], '-x is not an option of this command; see --help.'],
    [['a', '--json=yes'], '--json takes no value; see --help.'],
    [['a', '--file'], /^--file needs a value/],
    [['a', '--file', '--json'], /^--file needs a value.*--file=VALUE/],
    [[], '<backup> is missing; see --help.'],
    [['a', 'secret'], /Too many operands: this command takes <backup>;/],
    [['a', '--token', 'secret'], /^A token does not belong on the command line/],
    [['a', '--token=secret'], /^A token does not belong on the command line/],
  ])('%j is refused, and no value repeated', (args, message) => {
    const told = refusal(() => read(...args));
    expect(told).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(told).not.toContain('secret');
  });

  it.each(['0', '-1', '1.5', 'all', '1e3', ''])('--limit %j is refused', (text) => {
    expect(refusal(() => limitOption(text))).toMatch(/^--limit is not a number/);
  });
});

describe('the address of the service', () => {
  it.each([
    [undefined, {}, 'http://127.0.0.1:4000/graphql'],
    [undefined, { BACKUPS_URL: 'https://backups.example' }, 'https://backups.example/graphql'],
    [undefined, { BACKUPS_URL: ' ' }, 'http://127.0.0.1:4000/graphql'],
    ['https://a.example/', { BACKUPS_URL: 'https://b.example' }, 'https://a.example/graphql'],
    ['https://a.example/graphql', {}, 'https://a.example/graphql'],
    ['https://a.example/backups', {}, 'https://a.example/backups/graphql'],
    ['https://a.example/backups/#region=r-1', {}, 'https://a.example/backups/graphql'],
    ['https://a.example/backups/graphql/', {}, 'https://a.example/backups/graphql'],
    ['https://a.example/my-graphql', {}, 'https://a.example/my-graphql/graphql'],
    ['http://[::1]:4000#part', {}, 'http://[::1]:4000/graphql'],
  ])('%j with %j is %s', (option, env, address) => {
    expect(toEndpoint(option, env).href).toBe(address);
  });

  it.each([
    'localhost:4000',
    'backups.example',
    'ftp://a.example',
    'https://',
    'https://me:pw@a.example',
  ])('%j is refused without repeating it', (text) => {
    const told = refusal(() => toEndpoint(text, {}));
    expect(told).toMatch(/^--url (is not an address|contains)/);
    expect(told).not.toContain('pw');
    expect(refusal(() => toEndpoint(undefined, { BACKUPS_URL: text }))).toMatch(/^BACKUPS_URL /);
  });
});
