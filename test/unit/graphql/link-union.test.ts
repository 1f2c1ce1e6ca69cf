import { createRequestScope } from '../../../src/telemetry/request-scope.js';
import { describe, expect, it } from '@jest/globals';
import { graphql } from 'graphql';
import type { Backup } from '../../../src/domain/backup.js';
import { EVERYBODY } from '../../../src/domain/caller.js';
import type { Engine } from '../../../src/domain/engines.js';
import type { HandedLink } from '../../../src/domain/link.js';
import type { Context } from '../../../src/graphql/context.js';
import type { Loaders } from '../../../src/graphql/loaders/loaders.js';
import { createLinkRecords } from '../../../src/graphql/link-records.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { backupOf, filesOf } from '../../helpers/backups.js';
import { linkOf } from '../../helpers/links.js';

const schema = createSchema();

/** The value without what JSON drops, such as classes and symbols. */
const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/** A request that sees one backup and gets its links from a store. */
const SHA256 = 'a'.repeat(64);

function contextOf(backup: Backup): Context {
  // Stores parse dates, so their type does not matter here.
  const { expiresAt, ...link } = linkOf({ sizeBytes: 2 ** 40, sha256: SHA256 });
  const handed: HandedLink = { ...throughJson(link), expiresAt, reused: true };
  return {
    caller: EVERYBODY,
    scope: createRequestScope('request-1', null),
    loaders: {
      backup: { load: () => Promise.resolve(throughJson(backup)) },
      link: { load: () => Promise.resolve(handed) },
    } as unknown as Loaders,
    records: createLinkRecords({ write: () => Promise.resolve() }),
    answer: {
      take: () => undefined,
      throwIfRefused: () => undefined,
      hold: () => undefined,
      correct: () => undefined,
    },
    mySqlLinkExpiry: 'fixed',
    publicLinks: true,
  };
}

const LINK = `downloadURL(fileName: $fileName) {
  __typename
  ... on DownloadLink { publicURL expiresAt available sizeBytes sha256 }
  ... on SqlServerBackupDownloadURL { fileName databaseName }
}`;

const QUERIES = {
  directly: `query ($id: ID!, $fileName: String) { found: backup(id: $id) { ${LINK} } }`,
  'through _entities': `query ($representations: [_Any!]!, $fileName: String) {
    found: _entities(representations: $representations) { ... on Backup { ${LINK} } } }`,
};

const shared = {
  publicURL: linkOf().publicUrl,
  expiresAt: '2026-01-31T12:01:00Z',
  available: true,
  sizeBytes: 2 ** 40,
  sha256: SHA256,
};
const ofFile = {
  __typename: 'SqlServerBackupDownloadURL',
  ...shared,
  fileName: 'shop.bak',
  databaseName: 'shop',
};
const ofSet = { __typename: 'MySqlBackupDownloadURL', ...shared };

describe.each(Object.entries(QUERIES))(
  'a link that passed through JSON, queried through %s',
  (_, source) => {
    it.each<[Engine, string | null, object]>([
      ['SQL_SERVER', 'shop.bak', ofFile],
      ['MYSQL', null, ofSet],
      ['MARIADB', null, ofSet],
      ['PERCONA', null, ofSet],
    ])('has the type of its engine: %s', async (engine, fileName, expected) => {
      const backup = backupOf({ engine, files: fileName === null ? [] : filesOf(fileName) });
      const { id } = backup;
      const { data, errors } = await graphql({
        schema,
        source,
        contextValue: contextOf(backup),
        variableValues: { id, fileName, representations: [{ __typename: 'Backup', id }] },
      });
      expect(errors).toBeUndefined();
      const [found] = [data?.['found']].flat() as { downloadURL: unknown }[];
      expect(throughJson(found?.downloadURL)).toEqual(expected);
    });

    it('has the SQL Server type if queried on a file', async () => {
      const backup = backupOf({ engine: 'SQL_SERVER', files: filesOf('shop.bak') });
      const { id } = backup;
      const { data, errors } = await graphql({
        schema,
        source: source
          .replace(LINK, `files { ${LINK.replace('(fileName: $fileName)', '')} }`)
          .replace(', $fileName: String', ''),
        contextValue: contextOf(backup),
        variableValues: { id, representations: [{ __typename: 'Backup', id }] },
      });
      expect(errors).toBeUndefined();
      const [found] = [data?.['found']].flat() as { files: { downloadURL: unknown }[] }[];
      expect(throughJson(found?.files)).toEqual([{ downloadURL: ofFile }]);
    });
  },
);
