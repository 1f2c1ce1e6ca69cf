import type { GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { Context } from '../context.js';

/** Harmless, and valid: what is read in place of a refused document, so that none of it is. */
const NOTHING = '{ __typename }';

/**
 * Refuses a request of which nothing has been parsed yet. Apollo answers errors of plugins only once
 * an operation is resolved, so it is given an empty one.
 */
export function refuseUnread(
  request: GraphQLRequest,
  error: GraphQLError,
): GraphQLRequestListener<Context> {
  request.query = NOTHING;
  delete request.operationName;
  delete request.variables;
  delete request.extensions;
  return { didResolveOperation: () => Promise.reject(error) };
}
