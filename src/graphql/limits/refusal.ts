import type { GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { type ASTNode, GraphQLError } from 'graphql';
import type { PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';

/** The HTTP status for errors of the whole request. */
export const BAD_REQUEST = { status: 400 };

/**
 * Rejects an operation before execution. The public error remains the cause, since Apollo assigns
 * its own code to validation errors.
 */
export function refusal(error: PublicError, nodes: readonly ASTNode[] = []): GraphQLError {
  const extensions = { code: error.code, http: BAD_REQUEST };
  return new GraphQLError(error.message, { nodes, originalError: error, extensions });
}

/** A valid, harmless document parsed in place of a rejected one. */
const NOTHING = '{ __typename }';

/**
 * Rejects a request before parsing. Apollo reports plugin errors only after an operation is
 * resolved, so it gets an empty one.
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
