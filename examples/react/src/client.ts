import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';
import generated from './generated/possible-types';

/** @param getToken the token of the signed-in person, for a service with AUTH=jwt */
export function createClient(getToken: () => string | null): ApolloClient {
  const withToken = new SetContextLink(({ headers }) => {
    const token = getToken();
    return { headers: token === null ? headers : { ...headers, authorization: `Bearer ${token}` } };
  });
  return new ApolloClient({
    link: withToken.concat(new HttpLink({ uri: '/graphql', credentials: 'omit' })),
    cache: new InMemoryCache({
      // Without this, the cache drops the fields of fragments on the interface DownloadLink.
      possibleTypes: generated.possibleTypes,
      typePolicies: {
        // Appends the next page to the loaded edges.
        Query: { fields: { backups: relayStylePagination(['regionId', 'instanceId']) } },
      },
    }),
  });
}

/** A sentence for people. Branches on the code: messages may change. */
export function explain(error: unknown): string {
  const [failure] = CombinedGraphQLErrors.is(error) ? error.errors : [];
  const { code, retryAfter } = failure?.extensions ?? {};
  switch (code) {
    case 'UNAUTHENTICATED':
      return 'Sign in with a token.';
    case 'FORBIDDEN':
      return 'Your token does not allow this.';
    case 'FILE_NOT_IN_BACKUP':
    case 'BACKUP_NOT_FOUND':
      return 'It no longer exists. Refresh the list.';
    case 'UPSTREAM_THROTTLED':
      return `Too many requests. Try again in ${String(retryAfter ?? 5)} seconds.`;
    default:
      return failure?.message ?? 'The service cannot be reached.';
  }
}
