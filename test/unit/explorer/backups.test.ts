import { describe, expect, it } from '@jest/globals';
import type { Engine } from '../../../src/domain/engines.js';
import {
  canChooseLifetime,
  onlyDownloadOf,
  parseLifetime,
  planDownload,
} from '../../../src/explorer/link/download-plan.js';
import { columnsOf } from '../../../src/explorer/components/columns.js';
import type { BackupRowFragment } from '../../../src/explorer/generated/operations.js';
import { firstFormOf } from '../../../src/explorer/link/commands.js';
import { downloadWayOf, nameOfLink } from '../../../src/explorer/link/link-url.js';

const FILE = {
  name: 'shop.bak',
  databaseName: 'shop',
  type: 'FULL',
  sizeBytes: null,
  available: true,
} as const;
const LOST = { ...FILE, name: 'crm.bak', available: false } as const;

describe('the short form of a link', () => {
  it('shows host and file, never the query', () => {
    expect(nameOfLink('http://127.0.0.1:4001/download/a/b/my%20db.bak?Signature=s+/=')).toEqual({
      host: '127.0.0.1:4001',
      fileName: 'my db.bak',
    });
  });

  it('shows the raw path if it cannot be decoded', () => {
    expect(nameOfLink('https://x.example/100%.bak').fileName).toBe('100%.bak');
  });
});

describe('lifetimes', () => {
  it.each([
    ['1', 1],
    [' 600 ', 600],
    ['86400', 86_400],
    ['0', null],
    ['86401', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['ten', null],
    ['', null],
  ])('typed as %j mean %j', (text, seconds) => {
    expect(parseLifetime(text)).toBe(seconds);
  });

  it.each<[Engine, 'fixed' | 'settable', boolean]>([
    ['SQL_SERVER', 'fixed', true],
    ['MYSQL', 'fixed', false],
    ['MARIADB', 'settable', true],
    ['PERCONA', 'settable', true],
    ['POSTGRESQL', 'settable', false],
  ])('of %s are offered if they are %s: %s', (engine, expiry, isChoosable) => {
    expect(canChooseLifetime(engine, expiry)).toBe(isChoosable);
  });
});

describe('the downloads of a backup', () => {
  const sqlServer = { engine: 'SQL_SERVER', status: 'COMPLETED', files: [FILE] } as const;

  const files = { kind: 'files', files: [FILE] };
  const set = { kind: 'set' };
  const nothing = (why: string) => ({ kind: 'nothing', why });
  const noFiles = { files: [] } as const;
  const engine = (name: Engine | null) => ({ engine: name });
  const status = (name: BackupRowFragment['status']) => ({ status: name });

  it.each([
    [status('COMPLETED'), null, files],
    [status('RETAINED'), null, files],
    [status('DELETE_ERROR'), null, files],
    [status(null), null, files],
    [engine(null), null, files],
    [status('BUILDING'), null, nothing('BUILDING')],
    [status('ERROR'), null, nothing('FAILED')],
    [status('DELETING'), null, nothing('DELETING')],
    [noFiles, null, nothing('EMPTY')],
    [{ files: [FILE, LOST] }, null, { kind: 'files', files: [FILE, LOST] }],
    [{ files: [LOST, LOST] }, null, nothing('MISSING')],
    [{ ...noFiles, ...engine('MYSQL') }, null, set],
    [{ ...noFiles, ...engine('MARIADB') }, null, set],
    [{ ...noFiles, ...engine('PERCONA') }, null, set],
    [{ ...noFiles, ...engine(null) }, null, set],
    [{ ...noFiles, ...engine('POSTGRESQL') }, null, nothing('ENGINE')],
    [{ ...noFiles, ...engine(null) }, 'POSTGRESQL', nothing('ENGINE')],
  ] as const)('with %j, of an instance of %s, are %j', (change, instanceEngine, plan) => {
    expect(planDownload({ ...sqlServer, ...change }, instanceEngine)).toEqual(plan);
  });

  it('need no choice if there is one', () => {
    expect(onlyDownloadOf({ kind: 'set' })).toBe('set');
    expect(onlyDownloadOf({ kind: 'files', files: [FILE] })).toBe(FILE);
    expect(onlyDownloadOf({ kind: 'files', files: [FILE, LOST] })).toBeUndefined();
    expect(onlyDownloadOf({ kind: 'nothing', why: 'EMPTY' })).toBeUndefined();
  });
});

describe('the way to download a link', () => {
  const unreadable = new Set(['https://kept.example:8443']);

  it.each([
    ['https:', 'https://store.example/a', true, 'page'],
    ['http:', 'http://store.example/a', true, 'page'],
    ['http:', 'http://store.example/a', false, 'browser'],
    ['https:', 'https://kept.example:8443/a', true, 'browser'],
    ['https:', 'https://kept.example/a', true, 'page'],
    ['https:', 'http://bucket.s3.cn-north-1.jdcloud-oss.com/x?X-Amz-Signature=s', true, 'neither'],
    ['https:', 'http://store.example/a', false, 'neither'],
    ['https:', 'http://127.0.0.1.example/a', true, 'neither'],
    ['https:', 'http://localhost.example/a', true, 'neither'],
    ['https:', 'http://10.0.0.1/a', true, 'neither'],
    // Loopback counts as a secure origin.
    ['https:', 'http://127.0.0.1:4001/a', true, 'page'],
    ['https:', 'http://[::1]:4001/a', true, 'page'],
    ['https:', 'http://store.localhost/a', true, 'page'],
  ])('from %s on %s, with saving to files: %s, is %s', (protocol, link, canSaveFiles, way) => {
    expect(downloadWayOf(link, { protocol, canSaveFiles, unreadable })).toBe(way);
  });
});

describe('the command offered first', () => {
  it.each([
    [{ userAgentData: { platform: 'Windows' }, platform: '' }, 'powershell'],
    [{ platform: 'Win32' }, 'powershell'],
    [{ userAgentData: { platform: '' }, platform: 'Win32' }, 'powershell'],
    [{ userAgentData: { platform: 'macOS' }, platform: 'MacIntel' }, 'curl'],
    [{ platform: 'Linux x86_64' }, 'curl'],
    [{ platform: 'Darwin' }, 'curl'],
    [{}, 'curl'],
  ])('on %j is %s', (hints, form) => {
    expect(firstFormOf(hints)).toBe(form);
  });
});

const BACKUP: BackupRowFragment = {
  id: 'cn-north-1/i/b',
  backupId: 'b',
  name: 'nightly',
  engine: 'MYSQL',
  status: 'COMPLETED',
  mode: 'AUTO',
  type: null,
  unit: null,
  startedAt: '2026-01-04T02:00:00.000Z',
  endedAt: '2026-01-04T02:10:00.000Z',
  sizeBytes: 7,
  viewerCanDownload: true,
  unavailableFileCount: 0,
  files: [],
};

describe('the columns of a list', () => {
  it('leave out values shared by every row, and show the others', () => {
    const other = { ...BACKUP, mode: 'MANUAL' } as const;
    expect(columnsOf([BACKUP, BACKUP], 'MYSQL')).toEqual([
      'backup',
      'status',
      'size',
      'startedAt',
      'endedAt',
      'actions',
    ]);
    expect(columnsOf([BACKUP, other], 'MYSQL')).toContain('type');
    expect(columnsOf([BACKUP, { ...BACKUP, engine: 'MARIADB' }], null)).toContain('engine');
  });

  it('leave out values missing from every row', () => {
    const bare = { ...BACKUP, engine: null, mode: null, sizeBytes: null, endedAt: null };
    expect(columnsOf([bare, bare], null)).toEqual(['backup', 'status', 'startedAt', 'actions']);
  });

  it('keep sizes and times, equal or not', () => {
    expect(columnsOf([BACKUP], 'MYSQL')).toEqual(
      expect.arrayContaining(['size', 'startedAt', 'endedAt']),
    );
  });
});
