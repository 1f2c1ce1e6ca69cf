import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import type { QueryLimits } from '../../config/config.js';
import { PublicError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { MAX_NAME_LENGTH, shapeFault } from '../limits/document-shape.js';
import { refuseUnread, refusal } from '../limits/refusal.js';

/**
 * Rejects documents before parsing if they would cause long messages, paths and keys, or deep
 * recursion in the parser. Token limits do not: a single token can be as long as the body.
 */
export function limitDocument(
  limits: Pick<QueryLimits, 'characters'>,
): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ request }) {
      const fault = nameFault(request) ?? documentFault(request.query, limits.characters);
      if (fault === null) return NOTHING_TO_DO;
      const error = refusal(new PublicError('QUERY_TOO_COMPLEX', fault));
      return Promise.resolve(refuseUnread(request, error));
    },
  };
}

const NOTHING_TO_DO = Promise.resolve();

function documentFault(document: string | undefined, max: number): string | null {
  if (document === undefined) return null;
  return document.length > max
    ? `The query is too long; the limit is ${max} characters.`
    : shapeFault(document);
}

function nameFault({ operationName, variables }: GraphQLRequest): string | null {
  if (operationName !== undefined && operationName.length > MAX_NAME_LENGTH) {
    return `operationName is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
  }
  for (const name in variables) {
    if (name.length > MAX_NAME_LENGTH) {
      return `A variable name is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
    }
  }
  return null;
}
