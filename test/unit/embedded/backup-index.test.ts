import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  createBackupIndex,
  type BackupIndex,
} from '../../../src/embedded/catalogue/backup-index.js';
import type { CataloguedBackup } from '../../../src/embedded/catalogue/catalogued-backup.js';
import type { InstanceManifest } from '../../../src/embedded/catalogue/manifest.js';

const INSTANCE = { regionId: 'cn-north-1', instanceId: 'mysql-1' };
const MANIFEST: InstanceManifest = { engine: 'MySQL', instanceStatus: 'RUNNING', azId: [] };

function backup(
  backupId: string,
  backupStartTime?: string,
  instance = INSTANCE,
  backupStatus = 'COMPLETED',
): CataloguedBackup {
  return {
    key: { ...instance, backupId },
    manifest: { backupStatus, ...(backupStartTime !== undefined && { backupStartTime }) },
    instanceName: undefined,
    engine: 'MYSQL',
    fileByFile: false,
    checksums: undefined,
    files: [],
    unavailableFiles: [],
  };
}

let index: BackupIndex;

beforeEach(() => {
  index = createBackupIndex();
});

const ids = (key = INSTANCE) => index.backups(key)?.map(({ key: { backupId } }) => backupId);

describe('the list of an instance', () => {
  it('has the newest first, ties by id, those without a start time last', () => {
    index.put(backup('none-b'));
    index.put(backup('same-b', '2026-01-02 03:00:00'));
    index.put(backup('old', '2026-01-01T03:00:00'));
    index.put(backup('new', '2026-01-03T03:00:00'));
    index.put(backup('none-a'));
    index.put(backup('same-a', '2026-01-02T03:00:00'));
    expect(ids()).toEqual(['new', 'same-a', 'same-b', 'old', 'none-a', 'none-b']);
  });

  it('moves a backup whose start time has changed, and has it once', () => {
    index.put(backup('a', '2026-01-01T00:00:00'));
    index.put(backup('b', '2026-01-02T00:00:00'));
    index.put(backup('a', '2026-01-03T00:00:00', INSTANCE, 'ERROR'));
    expect(ids()).toEqual(['a', 'b']);
    expect(index.backup({ ...INSTANCE, backupId: 'a' })?.manifest.backupStatus).toBe('ERROR');
    expect(index.size()).toBe(2);
  });

  it('is the same array until something changes, and is never changed itself', () => {
    index.put(backup('a', '2026-01-01T00:00:00'));
    const before = index.backups(INSTANCE);
    expect(index.backups(INSTANCE)).toBe(before);
    index.put(backup('b', '2026-01-02T00:00:00'));
    index.remove({ ...INSTANCE, backupId: 'a' });
    expect(before?.map(({ key }) => key.backupId)).toEqual(['a']);
    expect(ids()).toEqual(['b']);
  });

  it('is that of sorting, whatever the order backups come and go in', () => {
    // A fixed walk through the numbers below 512 that meets each once.
    const walk = Array.from({ length: 512 }, (_, step) => (step * 331) % 512);
    const all = walk.map((n) => backup(`b${n}`, `2026-01-01T00:00:${String(n % 60)}`));
    for (const one of all) index.put(one);
    for (const { key } of all.filter((_, place) => place % 3 === 0)) index.remove(key);
    const left = all.filter((_, place) => place % 3 !== 0);
    const start = (one: CataloguedBackup) => one.manifest.backupStartTime ?? '';
    left.sort((a, b) => {
      if (start(a) !== start(b)) return start(a) < start(b) ? 1 : -1;
      return a.key.backupId < b.key.backupId ? -1 : 1;
    });
    expect(index.backups(INSTANCE)).toEqual(left);
    expect(index.size()).toBe(left.length);
  });

  it('is empty for an instance without backups, and null for one that is not there', () => {
    index.putInstance(INSTANCE, MANIFEST);
    expect(index.backups(INSTANCE)).toEqual([]);
    expect(index.backups({ ...INSTANCE, instanceId: 'mysql-2' })).toBeNull();
    expect(index.backups({ ...INSTANCE, regionId: 'cn-east-1' })).toBeNull();
  });
});

describe('a backup by its id', () => {
  const other = { ...INSTANCE, instanceId: 'mysql-0' };
  const third = { ...INSTANCE, instanceId: 'mysql-2' };
  const holders = (regionId = INSTANCE.regionId) =>
    index.find(regionId, 'a').map(({ key }) => key.instanceId);

  it('is found in its region, with the copies other instances have of it', () => {
    index.put(backup('a'));
    expect(holders()).toEqual(['mysql-1']);
    index.put(backup('a', undefined, third));
    index.put(backup('a', undefined, other));
    expect(holders()).toEqual(['mysql-0', 'mysql-1', 'mysql-2']);
    expect(holders('cn-east-1')).toEqual([]);
  });

  it('is found no more once it is removed, and its copies still are', () => {
    for (const instance of [INSTANCE, other, third]) index.put(backup('a', undefined, instance));
    index.remove({ ...INSTANCE, backupId: 'a' });
    expect(holders()).toEqual(['mysql-0', 'mysql-2']);
    index.removeInstance(third);
    expect(holders()).toEqual(['mysql-0']);
    index.remove({ ...other, backupId: 'a' });
    expect(holders()).toEqual([]);
    expect(index.size()).toBe(0);
  });
});

describe('instances', () => {
  it('are listed by id while they are described; deleted ones keep their backups', () => {
    index.putInstance({ ...INSTANCE, instanceId: 'mysql-2' }, MANIFEST);
    index.putInstance(INSTANCE, MANIFEST);
    index.put(backup('a'));
    index.putInstance(INSTANCE, null);
    expect(index.instances('cn-north-1').map(({ instanceId }) => instanceId)).toEqual(['mysql-2']);
    expect(index.instance(INSTANCE)).toBeNull();
    expect(ids()).toEqual(['a']);
    expect(index.instanceIds('cn-north-1')).toEqual(['mysql-1', 'mysql-2']);
  });

  it('are replaced, not added again, when their manifest changes', () => {
    index.putInstance(INSTANCE, MANIFEST);
    index.putInstance(INSTANCE, { ...MANIFEST, instanceName: 'shop' });
    expect(index.instances('cn-north-1').map(({ manifest }) => manifest.instanceName)).toEqual([
      'shop',
    ]);
  });

  it('take their region with them when the last one goes', () => {
    index.putInstance(INSTANCE, null);
    index.putInstance({ regionId: 'cn-east-1', instanceId: 'x' }, MANIFEST);
    expect(index.regions()).toEqual(['cn-east-1', 'cn-north-1']);
    index.removeInstance(INSTANCE);
    expect(index.regions()).toEqual(['cn-east-1']);
    expect(index.instanceIds('cn-north-1')).toEqual([]);
  });
});

it('nothing happens when what is not there is removed', () => {
  index.put(backup('a'));
  index.remove({ ...INSTANCE, backupId: 'b' });
  index.remove({ ...INSTANCE, regionId: 'cn-east-1', backupId: 'a' });
  index.removeInstance({ ...INSTANCE, instanceId: 'mysql-2' });
  expect(ids()).toEqual(['a']);
  expect(index.size()).toBe(1);
});
