import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from '@urql/core';
import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache';
import schema from '../../generated/introspection.json' with { type: 'json' };
import type { Answer } from './answer.js';

const embedded = (): null => null;

export const cacheOptions: Partial<CacheExchangeOpts> = {
  // Without this, Graphcache guesses whether a fragment on the interface DownloadLink matches.
  schema,
  // Types without an identity: kept within their backup or list, never merged with another's.
  keys: {
    SqlServerBackupDownloadURL: embedded,
    MySqlBackupDownloadURL: embedded,
    BackupFile: embedded,
    BackupConnection: embedded,
    BackupEdge: embedded,
    DatabaseInstanceConnection: embedded,
    DatabaseInstanceEdge: embedded,
    PageInfo: embedded,
  },
};

export function createUrqlClient(url: string, headers: Record<string, string>): Client {
  return new Client({
    url,
    fetchOptions: { headers },
    preferGetMethod: false,
    exchanges: [cacheExchange(cacheOptions), fetchExchange],
  });
}

/**
 * Fetches fresh links each time.
 * @throws the network error if there is no GraphQL response
 */
export async function ask<Data, Variables extends AnyVariables>(
  client: Client,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const { data, error } = await client
    .query(query, variables, { requestPolicy: 'network-only' })
    .toPromise();
  if (error?.networkError) throw error.networkError;
  return { data: data ?? null, failures: error?.graphQLErrors ?? [] };
}
