import { type ASTNode, GraphQLError } from 'graphql';
import type { PublicError } from '../../domain/errors.js';

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
