import { GraphQLError, Kind, print } from 'graphql';
import type { RequestFault } from './request-fault.js';

/** A variable whose value is not of its type, or null for another fault. */
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
    message: `${name} is not valid${place}: expected a value of type "${print(node.type)}".`,
  };
}

/**
 * Where in the value of a variable the fault is, as ` at "filter.type"`. The message is made of the
 * value, the place, and the fault found there; the quotes of a value come escaped, so that no value
 * can pass for a place.
 */
function placeIn(message: string, fault: string): string {
  const beforeFault = fault && message.endsWith(fault) ? message.slice(0, -fault.length) : message;
  return / at "[\w.[\]]+"(?=; $)/.exec(beforeFault)?.[0] ?? '';
}

/** An argument without a value it may have, which shows only when a field is run; or null. */
export function argumentFault(error: unknown): RequestFault | null {
  if (!(error instanceof GraphQLError)) return null;
  const { message } = error;
  const code = 'BAD_USER_INPUT';
  if (message.startsWith('Too many errors processing variables')) {
    return { code, message: 'Too many values of the variables are not valid.' };
  }
  if (!/^Argument "\w+" /.test(message)) return null;
  return {
    code,
    message: message.replace(/^(Argument "\w+") has invalid value [^]*$/, '$1 is not valid.'),
  };
}
