import { describe, expect, it } from '@jest/globals';
import type { GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType } from 'graphql';
import { directResolvers } from '../../../../src/graphql/resolvers/direct-resolvers.js';
import { createSchema } from '../../../../src/graphql/schema.js';

const schema = createSchema();

describe('what is resolved directly', () => {
  it.each([
    ['BackupDownloadURL', 'SqlServer', 'SqlServerBackupDownloadURL'],
    ['BackupDownloadURL', 'MySql', 'MySqlBackupDownloadURL'],
    ['DownloadLink', 'SqlServer', 'SqlServerBackupDownloadURL'],
    ['DownloadLink', 'MySql', 'MySqlBackupDownloadURL'],
  ])('is the type of a %s of %s, at once', (name, variant, expected) => {
    const type = schema.getType(name) as GraphQLUnionType | GraphQLInterfaceType;

    expect(type.resolveType?.({ variant }, {}, {} as never, type)).toBe(expected);
  });

  it.each(['Backup', 'BackupFile'] as const)('is downloadURL of %s', (name) => {
    const { downloadURL } = (schema.getType(name) as GraphQLObjectType).getFields();

    expect(downloadURL?.resolve).toBe(directResolvers[name].downloadURL);
  });
});
