import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import { getVariableValues, GraphQLError } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import type { QueryLimits } from '../../config/config.js';
import { type ErrorCode, PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { costOfField, linksOfField, representationsOf } from '../limits/cost-rule.js';
import { createPassedOperations } from '../limits/passed-operations.js';
import { BAD_REQUEST, refusal } from '../limits/refusal.js';

/**
 * Refuses operations by what their variables make of them: cost, links, representations. Rules of
 * validation cannot do that: they run once for a document, not once for each request.
 */
export function limitOperation(limits: QueryLimits): ApolloServerPlugin<Context> {
  const passed = createPassedOperations();
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: (request) => {
          const { operation } = request;
          if (!operation || passed.has(operation, request.request.variables)) return DONE;
          if (hasValidVariables(request)) {
            check(request, limits);
            passed.add(operation, request.request.variables);
          }
          return DONE;
        },
      }),
  };
}

const DONE = Promise.resolve();

type Request = GraphQLRequestContextDidResolveOperation<Context>;

/** Where they are not, nothing is run. One fault is enough: a list may hold a hundred thousand. */
function hasValidVariables({ schema, operation, request }: Request): boolean {
  const variableDefinitions = operation?.variableDefinitions ?? [];
  const limit = { maxErrors: 1 };
  const read = getVariableValues(schema, variableDefinitions, request.variables ?? {}, limit);
  return read.errors === undefined;
}

function check(request: Request, { cost, links, entities }: QueryLimits): void {
  let given = 0;
  const points = estimate(request, (field) => {
    given += representationsOf(field);
    return costOfField(field);
  });
  if (given > entities) {
    throw refuse('QUERY_TOO_COMPLEX', `_entities is given ${given} representations`, entities);
  }
  // Each link costs points, so there are never more links than points.
  const asked = points > links ? estimate(request, linksOfField) : 0;
  if (asked > links) throw refuse('TOO_MANY_LINKS', `The query may ask for ${asked} links`, links);
  if (points > cost) {
    throw refuse('QUERY_TOO_COMPLEX', `The query may cost ${points} points`, cost);
  }
}

function refuse(code: ErrorCode, what: string, max: number): GraphQLError {
  return refusal(new PublicError(code, `${what}, ${max} at the most: ask for less at once.`));
}

/**
 * The sum of an estimator over the operation.
 * @throws GraphQLError where an argument has no value it may have
 */
function estimate(request: Request, estimator: ComplexityEstimator): number {
  const { schema, document, operationName } = request;
  try {
    return getComplexity({
      schema,
      query: document,
      ...(operationName !== null && { operationName }),
      variables: request.request.variables ?? {},
      estimators: [estimator],
      // Their number is bounded when the document is validated.
      maxQueryNodes: Infinity,
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, nodes } = error;
    const extensions = { code: 'BAD_USER_INPUT', http: BAD_REQUEST };
    throw new GraphQLError(message, { ...(nodes && { nodes }), extensions });
  }
}
