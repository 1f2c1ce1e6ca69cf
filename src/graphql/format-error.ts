import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind, print } from 'graphql';
import { PublicError } from '../domain/errors.js';

/**
 * What a caller sees of an error: our own errors with code and details, Apollo's request errors
 * without the values the caller sent, and of all else only that it happened.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const { locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (cause instanceof PublicError) {
    const { message, code, details } = cause;
    return { message, ...place, extensions: { code, ...details } };
  }
  const code = formatted.extensions?.['code'];
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
    return { message: withoutValues(formatted.message, error), ...place, extensions: { code } };
  }
  return {
    message: 'Internal server error',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

const VALUE_KINDS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

/**
 * graphql-js repeats a wrong value in its message; a token pasted into the wrong variable would go
 * into answers and logs. Says the name and the type expected instead.
 */
function withoutValues(message: string, error: unknown): string {
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
  if (node?.kind === Kind.VARIABLE_DEFINITION && message.includes('got invalid value')) {
    const { variable, type } = node;
    return `Variable "$${variable.name.value}" is not valid: expected a value of type "${print(type)}".`;
  }
  if (
    node &&
    VALUE_KINDS.has(node.kind) &&
    /cannot represent|Expected value of type/.test(message)
  ) {
    const type = /^Expected value of type "([^"]+)"|^(?:Enum )?"?(\w+)"? /.exec(message);
    return `A value is not valid: expected a value of type "${type?.[1] ?? type?.[2] ?? 'declared'}".`;
  }
  return message.replace(
    /(Unexpected|found|unexpected) (Name|String|BlockString|Int|Float) "[\s\S]*"/,
    '$1 $2',
  );
}
