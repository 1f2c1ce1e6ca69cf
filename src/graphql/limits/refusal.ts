import type { GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { type ASTNode, GraphQLError } from 'graphql';
import type { PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';

/** What every fault of a request as a whole is answered with. */
export const BAD_REQUEST = { status: 400 };

/**
 * Refuses a whole operation before it runs. The public error stays the cause, since Apollo gives
 * errors of validation a code of its own.
 */
export function refusal(error: PublicError, nodes: readonly ASTNode[] = []): GraphQLError {
  const extensions = { code: error.code, http: BAD_REQUEST };
  return new GraphQLError(error.message, { nodes, originalError: error, extensions });
}

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
