import { describe, expect, it } from '@jest/globals';
import type { Engine } from '../../../src/domain/engines.js';
import {
  canChooseLifetime,
  onlyDownloadOf,
  parseLifetime,
  planDownload,
} from '../../../src/explorer/link/download-plan.js';
import { nameOfLink } from '../../../src/explorer/link/link-url.js';

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

  it.each(['COMPLETED', 'RETAINED', 'DELETE_ERROR', null] as const)(
    'are its files in state %s',
    (status) => {
      const plan = planDownload({ ...sqlServer, status }, null);
      expect(plan).toEqual({ kind: 'files', files: [FILE] });
    },
  );

  it.each([
    ['BUILDING', 'BUILDING'],
    ['ERROR', 'FAILED'],
    ['DELETING', 'DELETING'],
  ] as const)('are none in state %s, with the reason', (status, why) => {
    expect(planDownload({ ...sqlServer, status }, null)).toEqual({ kind: 'nothing', why });
  });

  it.each(['MYSQL', 'MARIADB', 'PERCONA', null] as const)(
    'of %s are the complete backup',
    (engine) => {
      const plan = planDownload({ engine, status: 'COMPLETED', files: [] }, null);
      expect(plan).toEqual({ kind: 'set' });
    },
  );

  it('are none for an engine without links, known from the backup or the instance', () => {
    const backup = { status: 'COMPLETED', files: [] } as const;
    const nothing = { kind: 'nothing', why: 'ENGINE' };
    expect(planDownload({ ...backup, engine: 'POSTGRESQL' }, null)).toEqual(nothing);
    expect(planDownload({ ...backup, engine: null }, 'POSTGRESQL')).toEqual(nothing);
  });

  it('are none for a SQL Server backup without files', () => {
    expect(planDownload({ ...sqlServer, files: [] }, null)).toEqual({
      kind: 'nothing',
      why: 'EMPTY',
    });
  });

  it('are its files if the store has one of them, and none if it has none', () => {
    expect(planDownload({ ...sqlServer, files: [FILE, LOST] }, null).kind).toBe('files');
    expect(planDownload({ ...sqlServer, files: [LOST, LOST] }, null)).toEqual({
      kind: 'nothing',
      why: 'MISSING',
    });
  });

  it('need no choice if there is one', () => {
    expect(onlyDownloadOf({ kind: 'set' })).toBe('set');
    expect(onlyDownloadOf({ kind: 'files', files: [FILE] })).toBe(FILE);
    expect(onlyDownloadOf({ kind: 'files', files: [FILE, LOST] })).toBeUndefined();
    expect(onlyDownloadOf({ kind: 'nothing', why: 'EMPTY' })).toBeUndefined();
  });

  it('are its files if the engine is unknown', () => {
    expect(planDownload({ ...sqlServer, engine: null }, null).kind).toBe('files');
  });
});
