import type { ApolloClient } from '@apollo/client';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, fetchExchange } from '@urql/core';
import { type Cache, cacheExchange } from '@urql/exchange-graphcache';
import { BackupLinkDocument, BackupLinksPageDocument } from '../generated/operations.js';
import { useProduct } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import {
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
} from '../helpers/upstream-rows.js';
import { ask, createApolloClient } from './recipes/apollo-client.js';
import { cacheOptions } from './recipes/urql.js';

const PAGE = { regionId: REGION, instanceId: MYSQL_INSTANCE };
const ID_1 = `${REGION}/${MYSQL_INSTANCE}/my-1`;
const ID_2 = `${REGION}/${MYSQL_INSTANCE}/my-2`;

let issued: number;

const { product, upstream } = await useProduct({
  instances: [mySqlInstanceRow()],
  backups: [mySqlBackupRow({ backupId: 'my-1' }), mySqlBackupRow({ backupId: 'my-2' })],
});
const endpoint = `${product.origin}/graphql`;

beforeEach(() => {
  issued = 0;
  upstream.handle('describeBackupDownloadURL', ({ backupId = '' }) => {
    issued += 1;
    return ok({ publicURL: `https://oss.example/${backupId}?Signature=${issued}` });
  });
});

const linkOf = (backupId: string) =>
  expect.stringMatching(`^https://oss.example/${backupId}\\?Signature=\\d$`);

describe('the cache of Apollo Client', () => {
  let client: ApolloClient;
  beforeEach(() => {
    client = createApolloClient(endpoint, {});
  });

  it('stores a link within its backup, not as an entity, and never merges two', async () => {
    await client.query({ query: BackupLinksPageDocument, variables: PAGE });
    const { ROOT_QUERY, ...entities } = client.cache.extract() as Record<string, object>;
    expect(ROOT_QUERY).toBeDefined();
    expect(entities).toEqual({
      [`Backup:${ID_1}`]: {
        __typename: 'Backup',
        id: ID_1,
        downloadURL: expect.objectContaining({ publicURL: linkOf('my-1') }),
      },
      [`Backup:${ID_2}`]: {
        __typename: 'Backup',
        id: ID_2,
        downloadURL: expect.objectContaining({ publicURL: linkOf('my-2') }),
      },
    });
  });

  it('stores nothing of a link requested with the recipe', async () => {
    const { data } = await ask(client, BackupLinkDocument, { id: ID_1 });
    expect(data?.backup?.downloadURL?.publicURL).toEqual(linkOf('my-1'));
    expect(client.cache.extract()).toEqual({});
  });
});

describe('the cache of urql', () => {
  const warn = jest.spyOn(console, 'warn');
  beforeEach(() => void warn.mockClear());
  afterEach(() => {
    expect(warn.mock.calls).toEqual([]);
  });
  afterAll(() => {
    warn.mockRestore();
  });

  it('stores a link within its backup, not as an entity, and never merges two', async () => {
    const held: Record<string, unknown> = {};
    const look = (_page: unknown, _args: unknown, cache: Cache): void => {
      for (const id of [ID_1, ID_2]) {
        const link = cache.resolve({ __typename: 'Backup', id }, 'downloadURL') as string;
        held[link] = cache.resolve(link, 'publicURL');
      }
    };
    const client = new Client({
      url: endpoint,
      preferGetMethod: false,
      exchanges: [
        cacheExchange({ ...cacheOptions, updates: { Query: { backups: look } } }),
        fetchExchange,
      ],
    });
    await client.query(BackupLinksPageDocument, PAGE);
    expect(held).toEqual({
      [`Backup:${ID_1}.downloadURL`]: linkOf('my-1'),
      [`Backup:${ID_2}.downloadURL`]: linkOf('my-2'),
    });
  });
});
