import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import { getVariableValues, GraphQLError } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import type { QueryLimits } from '../../config/config.js';
import { type ErrorCode, PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { bytesOfField, costOfField, linksOfField, representationsOf } from '../limits/cost-rule.js';
import { createPassedOperations } from '../limits/passed-operations.js';
import { BAD_REQUEST, refusal } from '../limits/refusal.js';

/**
 * Rejects operations by cost, links and representations, which depend on variables. Validation
 * rules cannot: they run once per document, not per request.
 */
export function limitOperation(limits: QueryLimits): ApolloServerPlugin<Context> {
  const passed = createPassedOperations();
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: (request) => {
          const { operation } = request;
          const { variables } = request.request;
          if (!operation) return DONE;
          let bytes = passed.get(operation, variables);
          if (bytes === undefined) {
            if (!hasValidVariables(request)) return DONE;
            bytes = check(request, limits);
            passed.add(operation, variables, bytes);
          }
          request.contextValue.answer.hold(bytes);
          return DONE;
        },
      }),
  };
}

const DONE = Promise.resolve();

type Request = GraphQLRequestContextDidResolveOperation<Context>;

/**
 * With invalid variables, nothing is executed. One error suffices: a list can have a hundred
 * thousand.
 */
function hasValidVariables({ schema, operation, request }: Request): boolean {
  const variableDefinitions = operation?.variableDefinitions ?? [];
  const limit = { maxErrors: 1 };
  const read = getVariableValues(schema, variableDefinitions, request.variables ?? {}, limit);
  return read.errors === undefined;
}

/** Returns the estimated bytes of the response. */
function check(request: Request, limits: QueryLimits): number {
  const { cost, links, entities, responseBytes } = limits;
  let given = 0;
  const points = estimate(request, (field) => {
    given += representationsOf(field);
    return costOfField(field);
  });
  if (given > entities) {
    throw refuse('QUERY_TOO_COMPLEX', `_entities received ${given} representations`, entities);
  }
  // Each link costs points, so there are never more links than points.
  const requested = points > links ? estimate(request, linksOfField) : 0;
  if (requested > links)
    throw refuse('TOO_MANY_LINKS', `The query could issue ${requested} links`, links);
  if (points > cost) {
    throw refuse('QUERY_TOO_COMPLEX', `The query could cost ${points} points`, cost);
  }
  const bytes = estimate(request, bytesOfField);
  if (bytes > responseBytes) {
    const what = `The names and aliases in the response could take ${bytes} bytes`;
    throw refuse('QUERY_TOO_COMPLEX', what, responseBytes);
  }
  return bytes;
}

function refuse(code: ErrorCode, what: string, max: number): GraphQLError {
  return refusal(new PublicError(code, `${what}; the limit is ${max}. Request less at once.`));
}

/**
 * Sums an estimator over the operation.
 * @throws GraphQLError if an argument has an invalid value
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
      // Validation already limits their number.
      maxQueryNodes: Infinity,
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, nodes } = error;
    const extensions = { code: 'BAD_USER_INPUT', http: BAD_REQUEST };
    throw new GraphQLError(message, { ...(nodes && { nodes }), extensions });
  }
}
