import { describe, expect, it } from '@jest/globals';
import {
  type Caller,
  EVERYBODY,
  mayDownload,
  maySee,
  maySeeRegion,
  NOBODY,
  seesAll,
} from '../../../src/domain/caller.js';

function narrowed(regions: string[] | null, instances: string[] | null): Caller {
  return {
    ...EVERYBODY,
    regions: regions && new Set(regions),
    instances: instances && new Set(instances),
  };
}

const key = { regionId: 'cn-north-1', instanceId: 'mysql-1' };

describe('the rights of a caller', () => {
  it.each<[boolean, boolean, string[] | null, string[] | null]>([
    [true, true, null, null],
    [true, true, ['cn-north-1'], null],
    [false, false, ['cn-east-1'], null],
    [false, false, [], null],
    [true, true, null, ['mysql-1']],
    [true, true, null, ['cn-north-1/mysql-1']],
    [false, false, null, ['cn-east-1/mysql-1']],
    [false, true, null, ['mysql-2']],
    [false, true, null, ['cn-north-1/mysql-2']],
    [false, false, null, []],
    [true, true, ['cn-north-1'], ['mysql-1']],
    [false, false, ['cn-east-1'], ['cn-north-1/mysql-1']],
  ])(
    'show the instance: %j, its region: %j, with regions %j and instances %j',
    (sees, seesRegion, ...claims) => {
      const caller = narrowed(...claims);
      expect(maySee(caller, key)).toBe(sees);
      expect(mayDownload(caller, key)).toBe(sees);
      expect(maySeeRegion(caller, key.regionId)).toBe(seesRegion);
      expect(seesAll(caller)).toBe(claims.every((claim) => claim === null));
    },
  );

  it('do not include downloads without backups:download', () => {
    expect(mayDownload({ ...EVERYBODY, rights: new Set(['backups:read']) }, key)).toBe(false);
    expect(mayDownload(NOBODY, key)).toBe(false);
  });
});
