import { describe, expect, it } from '@jest/globals';
import {
  checkBackupKey,
  formatBackupId,
  formatInstanceId,
  parseBackupId,
  parseInstanceId,
} from '../../../src/domain/ids.js';

const key = {
  regionId: 'cn-north-1',
  instanceId: 'mysql-wp4e9ztap2',
  backupId: '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f',
};

describe('ids', () => {
  it('survive formatting and parsing', () => {
    expect(parseBackupId(formatBackupId(key))).toEqual(key);
    const { regionId, instanceId } = key;
    expect(parseInstanceId(formatInstanceId(key))).toEqual({ regionId, instanceId });
  });

  it.each([
    '',
    'a',
    'a/b',
    'a/b/c/d',
    'a//c',
    '/b/c',
    'a/b/',
    '../../instances/mysql-1:deleteInstance?x=',
    'cn-north-1/../x',
    'cn-north-1/..%2f/x',
    'cn-north-1/i/bk 1',
    'cn-north-1/i/bk\n',
    'cn-north-1/i/b?x=1',
    'cn-north-1/i/b#x',
    'cn-north-1/i/库',
    `cn-north-1/i/${'b'.repeat(5000)}`,
    'cn-north-1/i/-b',
  ])('reject %j', (id) => {
    expect(() => parseBackupId(id)).toThrow(expect.objectContaining({ code: 'INVALID_ID' }));
  });

  it('name the invalid part without repeating its value', () => {
    expect(() => checkBackupKey({ ...key, backupId: 'SECRET/x' })).toThrow(
      'Invalid backupId; expected 1 to 128 letters, digits or inner hyphens.',
    );
  });
});
