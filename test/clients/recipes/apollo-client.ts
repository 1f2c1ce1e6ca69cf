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
      // Appends the next page to the edges that are there; without `after`, the list starts over.
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
 * Fetches fresh links each time, and leaves none in the cache.
 * @throws Error if no GraphQL answer came back, caused by what the network threw
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
    // Errors beside the data that did come, instead of a rejection.
    errorPolicy: 'all',
  });
  if (error && !CombinedGraphQLErrors.is(error))
    throw new Error('no answer came back', { cause: error });
  return { data: data ?? null, failures: error?.errors ?? [] };
}
