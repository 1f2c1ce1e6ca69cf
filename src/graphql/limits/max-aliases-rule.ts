import type { ValidationRule } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { measureOperation } from './measure-operation.js';
import { refusal } from './refusal.js';

/** Refuses operations with more than `max` aliases, counted wherever a fragment is spread. */
export function maxAliasesRule(max: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const aliases = measureOperation(operation, (name) => context.getFragment(name), {
        field: ({ alias }, below) => (alias ? 1 : 0) + below,
        beside: (a, b) => a + b,
      });
      if (aliases <= max) return;
      const message = `The query has too many aliases: ${aliases}, ${max} at the most.`;
      context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [operation]));
    },
  });
}
