import type {
  ApolloServerPlugin,
  GraphQLRequest,
  GraphQLRequestContextDidResolveOperation,
} from '@apollo/server';
import {
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  getVariableValues,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { QueryLimits } from '../../config/config.js';
import type { ErrorCode } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { documentFault, MAX_NAME_LENGTH } from '../limits/document-bounds.js';
import { type Cost, costOf } from '../limits/operation-cost.js';
import { type DocumentList, useListed } from '../persisted-documents.js';

export interface OperationGuards {
  /** The allow list; null allows all operations. */
  readonly persistedDocuments: DocumentList | null;
  readonly limits: QueryLimits;
  /** Whether a document with this text has been validated before. */
  readonly isKnown: (document: string) => boolean;
}

/**
 * Rejects an operation before it costs more than reading it: its document before validation, which
 * compares selections in pairs, and its cost, which depends on variables, before execution.
 */
export function guardOperation({
  persistedDocuments,
  limits,
  isKnown,
}: OperationGuards): ApolloServerPlugin<Context> {
  const listener = {
    didResolveOperation: (request: Request) => {
      const { operation } = request;
      const cost = operation && measure(request, operation);
      if (!cost) return DONE;
      checkCost(cost, limits);
      if (cost.links > 0 && request.request.http?.method === 'GET') refuseOverGet(request);
      request.contextValue.answer.hold(cost.bytes);
      return DONE;
    },
  };
  const passed = Promise.resolve(listener);

  function refusalOf(request: GraphQLRequest): GraphQLError | null {
    // Editors, gateways and generated clients always send it.
    if (request.operationName === '') delete request.operationName;
    const unlisted = persistedDocuments && useListed(request, persistedDocuments);
    if (unlisted) return refusal(unlisted.code, unlisted.message);
    const { query } = request;
    const isNew = query !== undefined && !isKnown(query);
    const fault = nameFault(request) ?? (isNew ? documentFault(query, limits) : null);
    return fault === null ? null : refusal('QUERY_TOO_COMPLEX', fault);
  }

  return {
    requestDidStart({ request }) {
      const error = refusalOf(request);
      if (error === null) return passed;
      // Apollo reports errors of plugins only after it resolved an operation: it gets an empty one.
      request.query = '{ __typename }';
      delete request.operationName;
      delete request.variables;
      delete request.extensions;
      return Promise.resolve({ didResolveOperation: () => Promise.reject(error) });
    },
  };
}

const DONE = Promise.resolve();

type Request = GraphQLRequestContextDidResolveOperation<Context>;

/** Names are repeated in messages and keys. */
function nameFault({ operationName = '', variables }: GraphQLRequest): string | null {
  if (operationName.length > MAX_NAME_LENGTH) {
    return `operationName is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
  }
  for (const name in variables) {
    if (name.length > MAX_NAME_LENGTH) {
      return `A variable name is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
    }
  }
  return null;
}

function refusal(code: string, message: string, nodes: readonly ASTNode[] = []): GraphQLError {
  return new GraphQLError(message, { nodes, extensions: { code, http: { status: 400 } } });
}

const BAD_INPUT = 'BAD_USER_INPUT' satisfies ErrorCode;

/**
 * The cost of a request; null if its variables are invalid and nothing is executed.
 * @throws GraphQLError if an argument has an invalid value
 */
function measure(
  { schema, document, request: { variables = {} } }: Request,
  operation: OperationDefinitionNode,
): Cost | null {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.some(({ variable }) => variable.name.value === '__proto__')) {
    throw refusal(
      BAD_INPUT,
      'The variable name `$__proto__` is not supported; rename the variable.',
    );
  }
  // One error suffices: a list can have a hundred thousand.
  const { coerced } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
  if (!coerced) return null;
  try {
    return costOf({ schema, operation, fragments: fragmentsOf(document), variables: coerced });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw refusal(BAD_INPUT, error.message, error.nodes);
  }
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  return fragments;
}

function checkCost({ points, links, bytes, entities }: Cost, limits: QueryLimits): void {
  const check = (code: ErrorCode, value: number, max: number, what: string): void => {
    if (value <= max) return;
    throw refusal(code, `${what}; the limit is ${max}. Request less at once.`);
  };
  const tooComplex = 'QUERY_TOO_COMPLEX';
  check(tooComplex, entities, limits.entities, `_entities received ${entities} representations`);
  check('TOO_MANY_LINKS', links, limits.links, `The query could issue ${links} links`);
  check(tooComplex, points, limits.cost, `The query could cost ${points} points`);
  const what = `The names and aliases in the response could take ${bytes} bytes`;
  check(tooComplex, bytes, limits.responseBytes, what);
}

/** URLs and their responses end up in caches, histories and logs. */
function refuseOverGet({ response }: Request): never {
  response.http.headers.set('allow', 'POST');
  throw new GraphQLError('Download links cannot be requested over GET; use POST.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405 } },
  });
}
