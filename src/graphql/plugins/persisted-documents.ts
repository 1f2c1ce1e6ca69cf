import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { Context } from '../context.js';
import { refuseUnread, BAD_REQUEST } from '../limits/refusal.js';
import { compositionDocument } from '../persisted-documents/composition-document.js';
import { hashOf, type DocumentList } from '../persisted-documents/document-list.js';

/**
 * Runs only allow-listed operations: by `extensions.persistedQuery.sha256Hash`, by `documentId`, or
 * by exact text. The composition query, `{ _service { sdl } }`, runs in any spelling.
 */
export function allowListedDocuments(list: DocumentList): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ request }) {
      const document = findDocument(request, list);
      if (document instanceof GraphQLError) {
        return Promise.resolve(refuseUnread(request, document));
      }
      request.query = document;
      delete request.extensions;
      return Promise.resolve();
    },
  };
}

function findDocument(request: GraphQLRequest, list: DocumentList): string | GraphQLError {
  const { query } = request;
  if (query !== undefined && query !== '') {
    const listed = list.get(hashOf(query));
    if (listed !== undefined) return listed;
    const composition = compositionDocument(query, request.operationName);
    if (composition === null) return NOT_LISTED;
    // The normalized document has no operation name.
    delete request.operationName;
    return composition;
  }
  const id = idOf(request);
  if (id === undefined) return UNKNOWN_ID;
  // GraphQL over HTTP writes a hash as `sha256:<hex>`.
  return list.get(id) ?? list.get(id.replace(/^sha256:/, '')) ?? UNKNOWN_ID;
}

const UNKNOWN_ID = refused(
  'PERSISTED_QUERY_NOT_IN_LIST',
  'Unknown operation id; this server runs only operations on its allow list.',
);
const NOT_LISTED = refused(
  'QUERY_NOT_IN_SAFELIST',
  'Unknown query; this server runs only operations on its allow list.',
);

function refused(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: BAD_REQUEST } });
}

function idOf({ extensions, http }: GraphQLRequest): string | undefined {
  const persisted: unknown = extensions?.['persistedQuery'];
  const body: unknown = http?.method === 'POST' ? http.body : undefined;
  const candidates = [
    propertyOf(persisted, 'sha256Hash'),
    propertyOf(body, 'documentId'),
    new URLSearchParams(http?.search).get('documentId'),
  ];
  return candidates.find((candidate) => typeof candidate === 'string');
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
