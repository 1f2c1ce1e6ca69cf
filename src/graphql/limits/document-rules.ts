import { GraphQLError, Kind, type SelectionNode, type ValidationRule } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { type FragmentOf, measureOperation } from './measure-operation.js';
import { refusal } from './refusal.js';

/** Rejects operations with more than `max` aliases, counting each spread of a fragment. */
export function maxAliasesRule(max: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const { selections } = operation.selectionSet;
      const aliases = aliasesIn(selections, (name) => context.getFragment(name));
      if (aliases <= max) return;
      const message = `The query has too many aliases: ${aliases}; the limit is ${max}.`;
      context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [operation]));
    },
  });
}

/** Rejects operations with more than `max` levels of fields. */
export function maxDepthRule(max: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const depth = measureOperation(operation, (name) => context.getFragment(name), {
        field: (_node, below) => 1 + below,
        beside: Math.max,
      });
      if (depth <= max) return;
      const message = `The query is too deep: ${depth} levels of fields; the limit is ${max}.`;
      context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [operation]));
    },
  });
}

/** Tools need none: they query each part of the schema once. */
const MAX = 5;

/** Root fields that return the schema or part of it. */
const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type', '_service']);

/**
 * Limits aliases on and below fields that return the schema, counting each spread of a fragment.
 * These fields require no token, and each alias repeats part of the schema with its descriptions.
 */
export const maxSchemaAliasesRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const fragmentOf = (name: string) => context.getFragment(name);
    const aliases = measureOperation(operation, fragmentOf, {
      field: (node, below) =>
        SCHEMA_FIELDS.has(node.name.value) ? aliasesIn([node], fragmentOf) : below,
      beside: (a, b) => a + b,
    });
    if (aliases <= MAX) return;
    const message = `The query has too many aliases on schema fields: ${aliases}; the limit is ${MAX}.`;
    context.reportError(refusal(new PublicError('QUERY_TOO_COMPLEX', message), [operation]));
  },
});

function aliasesIn(selections: readonly SelectionNode[], fragmentOf: FragmentOf): number {
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  return measureOperation({ selectionSet }, fragmentOf, {
    field: ({ alias }, below) => (alias ? 1 : 0) + below,
    beside: (a, b) => a + b,
  });
}

/** Rejects operation types that the schema lacks; graphql-js detects them only at execution. */
export const knownOperationsRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `This schema has no ${node.operation} type; send a query.`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});
