import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { GraphQLError, Kind, parse } from 'graphql';
import type { Context } from '../context.js';
import { BAD_REQUEST } from '../limits/refusal.js';
import { hashOf, type OperationList } from './operation-list.js';

/** Harmless, and valid: what is read in place of a refused document, so that none of it is. */
const NOTHING = '{ __typename }';

/**
 * Lets only listed operations run: by `extensions.persistedQuery.sha256Hash`, by `documentId`, or by
 * their exact text. The document of composition, `{ _service { sdl } }`, runs in any writing.
 */
export function allowListPlugin(list: OperationList): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ request }) {
      const document = findDocument(request, list);
      request.query = document instanceof GraphQLError ? NOTHING : document;
      if (document instanceof GraphQLError) delete request.operationName;
      delete request.extensions;
      return Promise.resolve({
        didResolveOperation: () =>
          document instanceof GraphQLError ? Promise.reject(document) : Promise.resolve(),
      });
    },
  };
}

function findDocument(request: GraphQLRequest, list: OperationList): string | GraphQLError {
  const { query } = request;
  if (query !== undefined) {
    return list.get(hashOf(query)) ?? (isComposition(query) ? query : NOT_LISTED);
  }
  const id = idOf(request);
  return (id !== undefined && list.get(id)) || UNKNOWN_ID;
}

const UNKNOWN_ID = refused(
  'PERSISTED_QUERY_NOT_IN_LIST',
  'Only the operations on the list of this server run, and this id is not on it.',
);
const NOT_LISTED = refused(
  'QUERY_NOT_IN_SAFELIST',
  'Only the operations on the list of this server run, and this query is not on it.',
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

/** A few tokens are enough for it in any writing. */
const COMPOSITION_TOKENS = 20;

function isComposition(query: string): boolean {
  try {
    const { definitions } = parse(query, {
      noLocation: true,
      maxLexicalTokens: COMPOSITION_TOKENS,
    });
    const [operation, ...others] = definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) return false;
    return operation.selectionSet.selections.every(
      (field) => field.kind === Kind.FIELD && ['_service', '__typename'].includes(field.name.value),
    );
  } catch {
    return false;
  }
}
