import type { ApolloServerPlugin } from '@apollo/server';
import { BREAK, type DocumentNode, GraphQLError, visit } from 'graphql';
import type { Context } from '../context.js';

/** Refuses links over GET, whose answers and addresses end in caches, histories and logs. */
export function refuseLinkOverGet(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ request, document, response }) => {
          if (request.http?.method !== 'GET' || !selectsLink(document)) return Promise.resolve();
          response.http.headers.set('allow', 'POST');
          throw new GraphQLError('Download links are not given over GET: send the query by POST.', {
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
