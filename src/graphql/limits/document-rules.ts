import { type ValidationRule, isIntrospectionType, GraphQLError } from 'graphql';
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

/** Tools need none: what they look up of the schema, they look up once. */
const MAX = 5;

/** Root fields that answer with the schema, or with a part of it. */
const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type', '_service']);

/**
 * Refuses more than a few aliases of and in fields that answer with the schema. Nobody needs a token for
 * them, and each alias repeats a part of the schema, its descriptions included.
 */
export const maxSchemaAliasesRule: ValidationRule = (context) => {
  let aliases = 0;
  return {
    Field({ alias, name }) {
      if (!alias) return;
      const parent = context.getParentType();
      if (SCHEMA_FIELDS.has(name.value) || (parent && isIntrospectionType(parent))) aliases += 1;
    },
    Document: {
      leave(document) {
        if (aliases <= MAX) return;
        const message = `The query has too many aliases in what it looks up of the schema: ${aliases}, up to ${MAX} are allowed.`;
        context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [document]));
      },
    },
  };
};

/** Refuses kinds of operations the schema does not have; graphql-js notices only when it runs them. */
export const knownOperationsRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `This schema has no ${node.operation}: only queries are served.`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});
