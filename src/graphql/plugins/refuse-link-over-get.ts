import type { ApolloServerPlugin } from '@apollo/server';
import { BREAK, type DocumentNode, GraphQLError, visit } from 'graphql';
import type { Context } from '../context.js';

/** Rejects links over GET, since its URLs and responses end up in caches, histories and logs. */
export function refuseLinkOverGet(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ request, document, response }) => {
          if (request.http?.method !== 'GET' || !selectsLink(document)) return Promise.resolve();
          response.http.headers.set('allow', 'POST');
          throw new GraphQLError('Download links cannot be requested over GET; use POST.', {
            extensions: { code: 'BAD_REQUEST', http: { status: 405 } },
          });
        },
      }),
  };
}

function selectsLink(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      found ||= name.value === 'downloadURL';
      return found ? BREAK : undefined;
    },
  });
  return found;
}
