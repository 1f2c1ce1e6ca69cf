import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { cutText } from '../../domain/cut-text.js';
import { PublicError } from '../../domain/errors.js';
import { NobodyWaitsError } from '../../domain/stop-signal.js';
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
    const place = {
      ...(locations && { locations: locations.slice(0, MAX_LOCATIONS) }),
      ...(path && { path }),
    };
    const publicError = publicErrorOf(error);
    if (publicError) {
      const { message, code, details } = publicError;
      return { message, ...place, extensions: { code, ...details } };
    }
    const { message, code } = isUnwanted(error)
      ? UNWANTED
      : (toRequestFault(error, maxSelections) ?? INTERNAL);
    return { message: cutText(message, MAX_MESSAGE), ...place, extensions: { code } };
  };
}

/** Two say where a conflict is; messages of validation may come with one for each field in conflict. */
const MAX_LOCATIONS = 10;

/** Characters. Messages of validation name what they are about, several times over. */
const MAX_MESSAGE = 1000;

const INTERNAL = { message: 'Internal server error', code: 'INTERNAL_SERVER_ERROR' };

/** Read by nobody but the metrics. */
const UNWANTED = { message: 'The client is gone.', code: 'CLIENT_GONE' };

const isUnwanted = (error: unknown): boolean =>
  unwrapResolverError(error) instanceof NobodyWaitsError;

/** Of a resolver, or of a limit that refused the whole operation. */
function publicErrorOf(error: unknown): PublicError | null {
  const cause = unwrapResolverError(error);
  if (cause instanceof PublicError) return cause;
  if (!(error instanceof GraphQLError)) return null;
  return error.originalError instanceof PublicError ? error.originalError : null;
}
