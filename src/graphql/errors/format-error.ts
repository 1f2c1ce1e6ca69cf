import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { toRequestFault } from './request-fault.js';

export type FormatError = (
  formatted: GraphQLFormattedError,
  error: unknown,
) => GraphQLFormattedError;

/**
 * What a caller sees of an error: our own errors with code and details, faults of the request
 * without the values the caller sent, and of all else only that it happened.
 * @param maxSelections is told to callers who select more
 */
export function createFormatError(maxSelections: number): FormatError {
  return ({ locations, path }, error) => {
    const place = { ...(locations && { locations }), ...(path && { path }) };
    const publicError = publicErrorOf(error);
    if (publicError) {
      const { message, code, details } = publicError;
      return { message, ...place, extensions: { code, ...details } };
    }
    const { message, code } = toRequestFault(error, maxSelections) ?? INTERNAL;
    return { message, ...place, extensions: { code } };
  };
}

const INTERNAL = { message: 'Internal server error', code: 'INTERNAL_SERVER_ERROR' };

/** Of a resolver, or of a limit that refused the whole operation. */
function publicErrorOf(error: unknown): PublicError | null {
  const cause = unwrapResolverError(error);
  if (cause instanceof PublicError) return cause;
  if (!(error instanceof GraphQLError)) return null;
  return error.originalError instanceof PublicError ? error.originalError : null;
}
