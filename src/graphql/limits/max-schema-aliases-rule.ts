import { isIntrospectionType, type ValidationRule } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { refusal } from './refusal.js';

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
