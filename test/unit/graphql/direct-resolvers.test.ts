import { describe, expect, it } from '@jest/globals';
import type { GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType } from 'graphql';
import { directResolvers } from '../../../src/graphql/resolvers/backup-resolver.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema();

describe('direct resolvers', () => {
  it.each([
    ['BackupDownloadURL', 'SqlServer', 'SqlServerBackupDownloadURL'],
    ['BackupDownloadURL', 'MySql', 'MySqlBackupDownloadURL'],
    ['DownloadLink', 'SqlServer', 'SqlServerBackupDownloadURL'],
    ['DownloadLink', 'MySql', 'MySqlBackupDownloadURL'],
  ])('resolve the type of a %s of %s synchronously', (name, variant, expected) => {
    const type = schema.getType(name) as GraphQLUnionType | GraphQLInterfaceType;

    expect(type.resolveType?.({ variant }, {}, {} as never, type)).toBe(expected);
  });

  it.each(['Backup', 'BackupFile'] as const)('replace downloadURL of %s', (name) => {
    const { downloadURL } = (schema.getType(name) as GraphQLObjectType).getFields();

    expect(downloadURL?.resolve).toBe(directResolvers[name].downloadURL);
  });
});
