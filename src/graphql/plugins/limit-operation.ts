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
  parse,
} from 'graphql';
import type { QueryLimits } from '../../config/config.js';
import { type ErrorCode, PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { boundsFault } from '../limits/document-bounds.js';
import { MAX_NAME_LENGTH, shapeFault } from '../limits/document-shape.js';
import { createKnownCosts } from '../limits/known-costs.js';
import { type Cost, costOf } from '../limits/operation-cost.js';
import { BAD_REQUEST, refusal, refuseUnread } from '../limits/refusal.js';

export interface OperationLimits {
  readonly limits: QueryLimits;
  /** Whether a document with this text has been validated before. */
  readonly isKnown: (document: string) => boolean;
}

/**
 * Rejects an operation before it costs more than reading it: its document before validation, which
 * compares selections in pairs, and its cost, which depends on variables, before execution.
 */
export function limitOperation({ limits, isKnown }: OperationLimits): ApolloServerPlugin<Context> {
  const known = createKnownCosts();
  const listener = {
    didResolveOperation: (request: Request) => {
      const { operation } = request;
      const { variables = {} } = request.request;
      const cost =
        operation && known.of(operation, variables, () => measure(request, operation, variables));
      if (!cost) return DONE;
      checkCost(cost, limits);
      if (cost.links > 0 && request.request.http?.method === 'GET') refuseOverGet(request);
      request.contextValue.answer.hold(cost.bytes);
      return DONE;
    },
  };
  const passed = Promise.resolve(listener);
  return {
    requestDidStart({ request }) {
      const { query } = request;
      let fault = nameFault(request);
      if (query !== undefined && !isKnown(query)) fault ??= documentFault(query, limits);
      return fault === null ? passed : Promise.resolve(refuseUnread(request, fault));
    },
  };
}

const DONE = Promise.resolve();

type Request = GraphQLRequestContextDidResolveOperation<Context>;

/** Names are repeated in messages and keys. */
function nameFault({ operationName, variables }: GraphQLRequest): GraphQLError | null {
  if (operationName !== undefined && operationName.length > MAX_NAME_LENGTH) {
    return tooComplex(`operationName is too long; the limit is ${MAX_NAME_LENGTH} characters.`);
  }
  for (const name in variables) {
    if (name.length > MAX_NAME_LENGTH) {
      return tooComplex(`A variable name is too long; the limit is ${MAX_NAME_LENGTH} characters.`);
    }
  }
  return null;
}

function documentFault(text: string, limits: QueryLimits): GraphQLError | null {
  const { characters, tokens } = limits;
  const fault =
    text.length > characters
      ? `The query is too long; the limit is ${characters} characters.`
      : shapeFault(text);
  if (fault !== null) return tooComplex(fault);
  let document: DocumentNode;
  try {
    document = parse(text, { maxLexicalTokens: tokens });
  } catch {
    // Apollo's parser stops at the same place and reports the error.
    return null;
  }
  return boundsFault(document, limits);
}

const tooComplex = (message: string): GraphQLError =>
  refusal(new PublicError('QUERY_TOO_COMPLEX', message));

/**
 * The cost of a request; null if its variables are invalid and nothing is executed.
 * @throws GraphQLError if an argument has an invalid value
 */
function measure(
  { schema, document }: Request,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Cost | null {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.some(({ variable }) => variable.name.value === '__proto__')) {
    throw badInput('The variable name `$__proto__` is not supported; rename the variable.');
  }
  // One error suffices: a list can have a hundred thousand.
  const { coerced } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
  if (!coerced) return null;
  try {
    return costOf({ schema, operation, fragments: fragmentsOf(document), variables: coerced });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw badInput(error.message, error.nodes);
  }
}

function badInput(message: string, nodes: readonly ASTNode[] = []): GraphQLError {
  return new GraphQLError(message, {
    nodes,
    extensions: { code: 'BAD_USER_INPUT', http: BAD_REQUEST },
  });
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  return fragments;
}

function checkCost({ points, links, bytes, entities }: Cost, limits: QueryLimits): void {
  if (entities > limits.entities) {
    throw refuse(
      'QUERY_TOO_COMPLEX',
      `_entities received ${entities} representations`,
      limits.entities,
    );
  }
  if (links > limits.links) {
    throw refuse('TOO_MANY_LINKS', `The query could issue ${links} links`, limits.links);
  }
  if (points > limits.cost) {
    throw refuse('QUERY_TOO_COMPLEX', `The query could cost ${points} points`, limits.cost);
  }
  if (bytes > limits.responseBytes) {
    const what = `The names and aliases in the response could take ${bytes} bytes`;
    throw refuse('QUERY_TOO_COMPLEX', what, limits.responseBytes);
  }
}

function refuse(code: ErrorCode, what: string, max: number): GraphQLError {
  return refusal(new PublicError(code, `${what}; the limit is ${max}. Request less at once.`));
}

/** URLs and their responses end up in caches, histories and logs. */
function refuseOverGet({ response }: Request): never {
  response.http.headers.set('allow', 'POST');
  throw new GraphQLError('Download links cannot be requested over GET; use POST.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405 } },
  });
}
