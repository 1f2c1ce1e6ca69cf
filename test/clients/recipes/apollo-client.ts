import {
  ApolloClient,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  type OperationVariables,
  type TypedDocumentNode,
} from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import generated from '../../generated/possible-types.js';
import type { Answer } from './answer.js';

export function createApolloClient(uri: string, headers: Record<string, string>): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri, headers }),
    cache: new InMemoryCache({
      // Without this, the cache drops the fields of fragments on the interface DownloadLink.
      possibleTypes: generated.possibleTypes,
      // Appends the next page to the loaded edges; without `after`, the list starts over.
      typePolicies: {
        Query: {
          fields: {
            backups: relayStylePagination(['regionId', 'instanceId', 'filter']),
            instances: relayStylePagination(['regionId', 'engine']),
          },
        },
        DatabaseInstance: { fields: { backups: relayStylePagination(['filter']) } },
      },
    }),
  });
}

/**
 * Fetches fresh links each time and keeps none in the cache.
 * @throws Error if there is no GraphQL response; its cause is the network error
 */
export async function ask<Data, Variables extends OperationVariables>(
  client: ApolloClient,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const { data, error } = await client.query({
    query,
    variables,
    fetchPolicy: 'no-cache',
    // Returns errors beside partial data instead of rejecting.
    errorPolicy: 'all',
  });
  if (error && !CombinedGraphQLErrors.is(error)) throw new Error('no response', { cause: error });
  return { data: data ?? null, failures: error?.errors ?? [] };
}
