import { describe, expect, it } from '@jest/globals';
import {
  ENGINES,
  engineFromTraits,
  engineFromUpstream,
  upstreamEngineName,
  type EngineEntry,
} from '../../../src/domain/engines.js';

describe('the engine inferred from the traits of a backup', () => {
  const none = { files: [], type: null, unit: null };

  it.each([
    [{ ...none, files: ['shop.bak'] }, 'SQL_SERVER'],
    [{ ...none, files: ['shop.dump'] }, 'SQL_SERVER'],
    [{ ...none, type: 'FULL' as const }, 'SQL_SERVER'],
    [{ ...none, unit: 'INSTANCE' as const }, 'SQL_SERVER'],
    [none, null],
  ])('%j: %s', (traits, engine) => {
    expect(engineFromTraits(traits)).toBe(engine);
  });
});

describe('a second engine with one link per file', () => {
  const ORACLE: EngineEntry = {
    ...ENGINES.SQL_SERVER,
    traits: { type: true, unit: false, suffixes: { '.dmp': 'FULL', '.inc': 'INCREMENTAL' } },
  };
  const table = { ...ENGINES, ORACLE };
  const none = { files: [], type: null, unit: null };

  it.each([
    ['its suffixes', { ...none, files: ['hr.dmp', 'crm.inc'] }, 'ORACLE'],
    ['those of the other', { ...none, files: ['hr.bak', 'crm.diff'] }, 'SQL_SERVER'],
    ['suffixes of both', { ...none, files: ['hr.dmp', 'crm.bak'] }, null],
    ['suffixes of neither', { ...none, files: ['hr.xb'] }, null],
    ['what both have', { ...none, type: 'FULL' }, null],
    ['what one has', { ...none, unit: 'INSTANCE' }, 'SQL_SERVER'],
    ['files with what one has', { files: ['hr.xb'], type: null, unit: 'DATABASE' }, 'SQL_SERVER'],
  ])('is distinguished by %s', (_, traits, engine) => {
    expect(engineFromTraits(traits, table)).toBe(engine);
  });
});

describe('engine names of the upstream', () => {
  it.each([
    ['SQL Server', 'SQL_SERVER'],
    ['SQLServer', 'SQL_SERVER'],
    ['sqlserver', 'SQL_SERVER'],
    ['SQLSERVER', 'SQL_SERVER'],
    ['sql-server', 'SQL_SERVER'],
    ['SQL_SERVER', 'SQL_SERVER'],
    ['  Sql\u00a0\tServer ', 'SQL_SERVER'],
    ['SQL\u2011Server', 'SQL_SERVER'],
    ['MySQL', 'MYSQL'],
    ['mysql', 'MYSQL'],
    ['My SQL', 'MYSQL'],
    ['MariaDB', 'MARIADB'],
    ['maria-db', 'MARIADB'],
    ['Percona', 'PERCONA'],
    ['PERCONA', 'PERCONA'],
    ['PostgreSQL', 'POSTGRESQL'],
    ['postgresql', 'POSTGRESQL'],
    ['Oracle', null],
    ['sqlserver2019', null],
    ['sql.server', null],
    ['toString', null],
    ['__proto__', null],
    ['- _', null],
    ['', null],
    [`sql${' '.repeat(1_000_000)}server`, null],
  ])('%.40j: %s', (name, engine) => {
    expect(engineFromUpstream(name)).toBe(engine);
  });

  it.each([
    ['sqlserver', 'SQL Server'],
    ['MARIA DB', 'MariaDB'],
    ['oracle', 'oracle'],
  ])('%s is written as %s', (name, written) => {
    expect(upstreamEngineName(name)).toBe(written);
  });
});
