import { describe, expect, it } from '@jest/globals';
import { databaseNameOf, fileTypeOf } from '../../../src/domain/backup-file.js';
import { engineFromTraits } from '../../../src/domain/backup.js';
import { engineFromUpstream } from '../../../src/domain/engines.js';

describe('a file of a backup', () => {
  it.each([
    ['my_test_db.bak', 'my_test_db', 'FULL'],
    ['my_test_db.diff', 'my_test_db', 'INCREMENTAL'],
    ['shop.v2.bak', 'shop.v2', 'FULL'],
    ['订单库.bak', '订单库', 'FULL'],
    ['库😀.diff', '库😀', 'INCREMENTAL'],
    ['my db.bak', 'my db', 'FULL'],
    ['shop.trn', 'shop', null],
    ['shop.BAK', 'shop', null],
    ['shop', 'shop', null],
    ['.bak', '.bak', null],
  ])('%s is of the database %s and of type %s', (name, database, type) => {
    expect({ database: databaseNameOf(name), type: fileTypeOf(name) }).toEqual({ database, type });
  });
});

describe('the engine of a backup whose instance is gone', () => {
  const none = { files: [], type: null, unit: null };

  it.each([
    [{ ...none, files: ['shop.bak'] }, 'SQL_SERVER'],
    [{ ...none, type: 'FULL' as const }, 'SQL_SERVER'],
    [{ ...none, unit: 'INSTANCE' as const }, 'SQL_SERVER'],
    [none, null],
  ])('%j: %s', (traits, engine) => {
    expect(engineFromTraits(traits)).toBe(engine);
  });
});

describe('the engine names of the upstream', () => {
  it.each([
    ['SQL Server', 'SQL_SERVER'],
    ['MySQL', 'MYSQL'],
    ['MariaDB', 'MARIADB'],
    ['Percona', 'PERCONA'],
    ['PostgreSQL', 'POSTGRESQL'],
    ['sqlserver', null],
    ['toString', null],
  ])('%s: %s', (name, engine) => {
    expect(engineFromUpstream(name)).toBe(engine);
  });
});
