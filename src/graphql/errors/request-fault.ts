import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, Kind, print } from 'graphql';

/** What is wrong with a request, as reported to its caller. */
export interface RequestFault {
  readonly code: string;
  readonly message: string;
}

/**
 * Describes a request error without repeating values the caller sent: a token pasted into the wrong
 * variable must not reach responses and logs. Null for other errors.
 */
export function toRequestFault(error: unknown): RequestFault | null {
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
      return validationFault(error);
    case 'BAD_USER_INPUT':
      return variableFault(error) ?? argumentFault(error) ?? { code, message };
    case 'OPERATION_RESOLUTION_FAILURE':
      return { code, message: message.replace(/ named "[^]*"/, ' of that name') };
    default:
      return typeof code === 'string' ? { code, message } : null;
  }
}

/** Describes a syntax error without quoting the source, which could be a pasted token. */
function syntaxFault({ message }: GraphQLError): RequestFault {
  const limit = /Document contains more tha[nt] (\d+) tokens/.exec(message)?.[1];
  if (limit !== undefined) {
    return tooComplex(`The query is too long; the limit is ${limit} tokens.`);
  }
  return {
    code: 'GRAPHQL_PARSE_FAILED',
    message: message
      .replace(/(found|Unexpected) (Name|Int|Float|String|BlockString|Comment) "[^]*$/, '$1 $2.')
      .replace(/^(Syntax Error: (?:Invalid|Unexpected|Cannot)[^:]*): [^]*$/, '$1.'),
  };
}

/** Keeps names of fields, arguments, variables and types; replaces values with their type. */
function validationFault(error: GraphQLError): RequestFault {
  const code = 'GRAPHQL_VALIDATION_FAILED';
  // graphql-js gives up if comparing fields of the same name would take too long.
  if (error.message === 'Validation aborted.') {
    return tooComplex('The query repeats fields too often; request less at once.');
  }
  if (error.extensions['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
    return { code, message: 'Introspection is disabled on this server.' };
  }
  return { code, message: isOfValue(error) ? valueMessage(error.message) : error.message };
}

function tooComplex(message: string): RequestFault {
  return { code: 'QUERY_TOO_COMPLEX', message };
}

const VALUES: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

/** Scalar errors do not always carry their node. */
function isOfValue({ nodes, message }: GraphQLError): boolean {
  return VALUES.has(nodes?.[0]?.kind ?? '') || message.includes('cannot represent');
}

/** Message formats that name the type before the value. */
const TYPE_NAMED = [
  /^Expected value of type "([^"]+)"/,
  /^Enum "(\w+)" cannot represent/,
  /^(\w+) cannot represent/,
  /^Value "\w+" does not exist in "(\w+)" enum/,
];

function valueMessage(message: string): string {
  const type = TYPE_NAMED.map((form) => form.exec(message)?.[1]).find(Boolean);
  return type === undefined
    ? 'Invalid value; expected another type.'
    : `Invalid value; expected type "${type}".`;
}

/** Describes a variable with a value of the wrong type; null for other errors. */
function variableFault({ message, nodes, originalError }: GraphQLError): RequestFault | null {
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
