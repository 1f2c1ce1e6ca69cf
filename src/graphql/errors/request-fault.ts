import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError } from 'graphql';
import type { RequestFault } from './fault.js';
import { syntaxFault, validationFault } from './document-fault.js';
import { argumentFault, variableFault } from './value-fault.js';

/**
 * Describes a request error without repeating values the caller sent: a token pasted into the wrong
 * variable must not reach responses and logs. Null for other errors.
 */
export function toRequestFault(error: unknown, maxSelections: number): RequestFault | null {
  if (!(error instanceof GraphQLError)) return null;
  const { message } = error;
  const { code } = error.extensions;
  switch (code) {
    case undefined:
    case 'INTERNAL_SERVER_ERROR':
      return argumentFault(unwrapResolverError(error));
    case 'GRAPHQL_PARSE_FAILED':
      return syntaxFault(error);
    case 'GRAPHQL_VALIDATION_FAILED':
      return validationFault(error, maxSelections);
    case 'BAD_USER_INPUT':
      return variableFault(error) ?? argumentFault(error) ?? { code, message };
    case 'OPERATION_RESOLUTION_FAILURE':
      return { code, message: message.replace(/ named "[^]*"/, ' of that name') };
    default:
      return typeof code === 'string' ? { code, message } : null;
  }
}
