import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { cutText } from '../../domain/cut-text.js';
import { PublicError } from '../../domain/errors.js';
import { NobodyWaitsError } from '../../domain/stop-signal.js';
import { toRequestFault } from './request-fault.js';

/**
 * Formats an error for the caller: our own errors with code and details, request errors without the
 * caller's values, and all others masked.
 */
export function formatError(
  { locations, path }: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const place = {
    ...(locations && { locations: locations.slice(0, MAX_LOCATIONS) }),
    ...(path && { path }),
  };
  const publicError = publicErrorOf(error);
  if (publicError) {
    const { message, code, details } = publicError;
    return { message, ...place, extensions: { code, ...details } };
  }
  const { message, code } = isUnwanted(error) ? UNWANTED : (toRequestFault(error) ?? INTERNAL);
  return { message: cutText(message, MAX_MESSAGE), ...place, extensions: { code } };
}

/** Two locations identify a conflict; validation errors can list every conflicting field. */
const MAX_LOCATIONS = 10;

/** Characters. Validation messages can repeat names. */
const MAX_MESSAGE = 1000;

const INTERNAL = { message: 'Internal server error', code: 'INTERNAL_SERVER_ERROR' };

/** Seen by metrics only. */
const UNWANTED = { message: 'The client disconnected.', code: 'CLIENT_GONE' };

const isUnwanted = (error: unknown): boolean =>
  unwrapResolverError(error) instanceof NobodyWaitsError;

/** Thrown by a resolver, or by a limit that rejected the whole operation. */
function publicErrorOf(error: unknown): PublicError | null {
  const cause = unwrapResolverError(error);
  if (cause instanceof PublicError) return cause;
  if (!(error instanceof GraphQLError)) return null;
  return error.originalError instanceof PublicError ? error.originalError : null;
}
