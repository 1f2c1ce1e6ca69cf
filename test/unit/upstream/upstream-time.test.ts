import { describe, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTimeReader } from '../../../src/upstream/upstream-time.js';

const read = createTimeReader('+08:00');

describe('an upstream time', () => {
  it.each([
    ['2020-01-07T15:14:07', '2020-01-07T07:14:07.000Z'],
    ['2020-01-07 15:14:07', '2020-01-07T07:14:07.000Z'],
    ['2020-01-07T15:14:07.250', '2020-01-07T07:14:07.250Z'],
    ['2020-01-01 00:00:00', '2019-12-31T16:00:00.000Z'],
    ['2020-02-29 12:00:00', '2020-02-29T04:00:00.000Z'],
    ['2020-01-07T15:14:07Z', '2020-01-07T15:14:07.000Z'],
    ['2020-01-07t15:14:07z', '2020-01-07T15:14:07.000Z'],
    ['2020-01-07T15:14:07+02:00', '2020-01-07T13:14:07.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2020-01-07T15:14:07-0530', '2020-01-07T20:44:07.000Z'],
  ])('%s is read as %s', (text, expected) => {
    expect(read(text)?.toISOString()).toBe(expected);
  });

  it.each([
    undefined,
    null,
    '',
    1_578_381_247,
    {},
    '0000-00-00 00:00:00',
    '2020-02-30 00:00:00',
    '2019-02-29 00:00:00',
    '2020-13-01 00:00:00',
    '2020-01-01 24:00:00',
    '2020-01-01 00:60:00',
    '2020-01-07',
    '2020-1-7 15:14:07',
    ' 2020-01-07 15:14:07',
    'yesterday',
    '0000-01-01 00:00:00',
    '10000-01-01 00:00:00',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:30:00-01:00',
  ])('rejects %j', (value) => {
    expect(read(value)).toBeNull();
  });

  it('is read in the configured time zone', () => {
    expect(createTimeReader('-03:30')('2020-01-07 15:14:07')?.toISOString()).toBe(
      '2020-01-07T18:44:07.000Z',
    );
  });
});

it('an upstream time does not depend on the zone of the process', () => {
  const module = new URL('../../../src/upstream/upstream-time.ts', import.meta.url);
  const { code } = transformFileSync(fileURLToPath(module), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  // New York has no 02:30 on the second of these days.
  const script = `${code}
    const times = ['2020-01-07 15:14:07', '2020-03-08 02:30:00'].map(createTimeReader('+08:00'));
    console.log(JSON.stringify([new Date(2020, 0, 1).getTimezoneOffset(), ...times]));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TZ: 'America/New_York' },
    encoding: 'utf8',
  });

  expect(JSON.parse(output)).toEqual([300, '2020-01-07T07:14:07.000Z', '2020-03-07T18:30:00.000Z']);
});
