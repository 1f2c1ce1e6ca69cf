import { describe, expect, it } from '@jest/globals';
import {
  toBackup,
  type CataloguedBackup,
  type FoundBackup,
} from '../../../src/embedded/catalogue/catalogued-backup.js';
import type { BackupManifest } from '../../../src/embedded/catalogue/manifest.js';

const file = (name: string, size = 1, modifiedAt = Date.parse('2020-01-07T07:14:07Z')) => ({
  name,
  size,
  modifiedAt,
  version: '1',
});

type Facts = Partial<Omit<FoundBackup, 'manifest'>> & { readonly manifest?: BackupManifest };

function backup({ manifest = {}, ...facts }: Facts): CataloguedBackup {
  const found: FoundBackup = {
    key: { regionId: 'r', instanceId: 'i', backupId: 'b' },
    manifest: { kind: 'read', content: manifest },
    instance: { kind: 'read', content: { engine: 'MySQL', instanceStatus: 'RUNNING', azId: [] } },
    files: [],
    ...facts,
  };
  const made = toBackup(found, '+08:00');
  if (made === null) throw new Error('no backup');
  return made;
}

describe('what backup.json leaves out', () => {
  it('comes from the files: the oldest time, in the zone of the upstream, and the sum of sizes', () => {
    const files = [file('a', 2 ** 32), file('b', 5, Date.parse('2019-12-31T16:00:00Z'))];
    expect(backup({ files }).manifest).toEqual({
      backupStatus: 'COMPLETED',
      backupStartTime: '2020-01-01T00:00:00',
      backupSizeByte: 2 ** 32 + 5,
    });
  });

  it('is not there where there are no files either', () => {
    expect(backup({}).manifest).toEqual({ backupStatus: 'COMPLETED' });
  });

  it('never overrides what it tells', () => {
    const manifest = {
      backupStatus: 'ERROR',
      backupSizeByte: 53_687_091_200,
      backupStartTime: 'x',
    };
    expect(backup({ manifest, files: [file('a')] }).manifest).toEqual(manifest);
  });

  it.each([
    ['2026-11-28T19:15:00Z', '2026-11-29T03:15:00'],
    ['2026-11-28 21:15:00.5+02:00', '2026-11-29T03:15:00'],
    ['2026-11-29 03:15:00', '2026-11-29 03:15:00'],
    ['2026-13-45T00:00:00Z', '2026-13-45T00:00:00Z'],
  ])('and a time with a zone is one in that of the upstream: %s', (given, expected) => {
    const { manifest } = backup({ manifest: { backupStartTime: given, backupEndTime: given } });
    expect(manifest).toMatchObject({ backupStartTime: expected, backupEndTime: expected });
  });

  it.each([
    ['missing', 'RETAINED'],
    ['broken', 'COMPLETED'],
  ] as const)('with an instance.json that is %s: %s', (kind, status) => {
    const instance = kind === 'broken' ? { kind, faults: [] } : { kind };
    expect(backup({ instance }).manifest.backupStatus).toBe(status);
  });
});

describe('the engine', () => {
  const deleted = { instance: { kind: 'missing' } } as const;

  it.each<[string, Facts, string | null]>([
    ['comes from the instance', {}, 'MYSQL'],
    ['comes from the backup first', { manifest: { engine: 'MariaDB' } }, 'MARIADB'],
    [
      'comes from the backup of a deleted instance',
      { ...deleted, manifest: { engine: 'Percona' } },
      'PERCONA',
    ],
    [
      'is SQL Server by the suffixes',
      { ...deleted, files: [file('a.bak'), file('b.diff')] },
      'SQL_SERVER',
    ],
    ['is SQL Server by the type', { ...deleted, manifest: { backupType: 'full' } }, 'SQL_SERVER'],
    ['is not known by other suffixes', { ...deleted, files: [file('a.bak'), file('b.xb')] }, null],
    ['is not known without files', deleted, null],
    ['is not known by another name', { manifest: { engine: 'Oracle' } }, null],
    ['is known in another spelling', { manifest: { engine: 'maria-db' } }, 'MARIADB'],
  ])('%s', (_, facts, engine) => {
    expect(backup(facts).engine).toBe(engine);
  });
});
