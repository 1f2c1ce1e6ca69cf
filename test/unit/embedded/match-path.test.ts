import { describe, expect, it } from '@jest/globals';
import { matchPath } from '../../../src/embedded/api/match-path.js';

const PATTERN = '/v1/{regionId}/backups/{backupId}:describe';

describe('matchPath', () => {
  it('captures ids, even before a suffix', () => {
    expect(matchPath(PATTERN, ['v1', 'cn-north-1', 'backups', 'b-1:describe'])).toEqual({
      regionId: 'cn-north-1',
      backupId: 'b-1',
    });
  });

  it.each([
    [['v1', 'cn-north-1', 'backups', 'b-1']],
    [['v1', 'cn-north-1', 'backups', ':describe']],
    [['v1', 'cn-north-1', 'backups', 'describe']],
    [['v1', 'cn-north-1', 'backups', 'a/b:describe']],
    [['v1', '..', 'backups', 'b-1:describe']],
    [['v1', '', 'backups', 'b-1:describe']],
    [['v2', 'cn-north-1', 'backups', 'b-1:describe']],
    [['v1', 'cn-north-1', 'backups', 'b-1:describe', '']],
    [['v1', 'cn-north-1']],
    [[]],
  ])('does not match %j', (path) => {
    expect(matchPath(PATTERN, path)).toBeNull();
  });
});
