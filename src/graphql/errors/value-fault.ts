import { GraphQLError, Kind, print } from 'graphql';
import type { RequestFault } from './fault.js';

/** Describes a variable with a value of the wrong type; null for other errors. */
export function variableFault({
  message,
  nodes,
  originalError,
}: GraphQLError): RequestFault | null {
  const [node] = nodes ?? [];
  if (node?.kind !== Kind.VARIABLE_DEFINITION || !message.includes('got invalid value'))
    return null;
  const name = `Variable "$${node.variable.name.value}"`;
  const place = placeIn(message, originalError?.message ?? '');
  return {
    code: 'BAD_USER_INPUT',
    message: `${name} has an invalid value${place}; expected type "${print(node.type)}".`,
  };
}

/**
 * The path of an invalid part of a variable's value, such as ` at "filter.type"`. The message
 * consists of value, path and nested error; quotes in values are escaped, so a value cannot pass
 * for a path.
 */
function placeIn(message: string, fault: string): string {
  const beforeFault = fault && message.endsWith(fault) ? message.slice(0, -fault.length) : message;
  return / at "[\w.[\]]+"(?=; $)/.exec(beforeFault)?.[0] ?? '';
}

/**
 * Describes an argument with an invalid value, detected only at execution; null for other errors.
 */
export function argumentFault(error: unknown): RequestFault | null {
  if (!(error instanceof GraphQLError)) return null;
  const { message } = error;
  const code = 'BAD_USER_INPUT';
  if (message.startsWith('Too many errors processing variables')) {
    return { code, message: 'Too many invalid variable values.' };
  }
  if (!/^Argument "\w+" /.test(message)) return null;
  return {
    code,
    message: message.replace(
      /^(Argument "\w+") has invalid value [^]*$/,
      '$1 has an invalid value.',
    ),
  };
}
