import type { ValidationRule } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { measureOperation } from './measure-operation.js';
import { refusal } from './refusal.js';

/** Refuses operations with more than `max` levels of fields. */
export function maxDepthRule(max: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const depth = measureOperation(operation, (name) => context.getFragment(name), {
        field: (_node, below) => 1 + below,
        beside: Math.max,
      });
      if (depth <= max) return;
      const message = `The query is too deep: ${depth} levels of fields, ${max} at the most.`;
      context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [operation]));
    },
  });
}
