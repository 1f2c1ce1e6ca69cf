import { type GraphQLError, Kind } from 'graphql';
import { MAX_NESTING } from '../limits/document-shape.js';
import type { RequestFault } from './fault.js';

/** Describes a syntax error without quoting the source, which could be a pasted token. */
export function syntaxFault({ message }: GraphQLError): RequestFault {
  const limit = /Document contains more tha[nt] (\d+) tokens/.exec(message)?.[1];
  if (limit !== undefined) {
    return tooComplex(`The query is too long; the limit is ${limit} tokens.`);
  }
  // Not a parser error: the stack overflowed.
  if (!message.startsWith('Syntax Error')) {
    return tooComplex(`The query is nested too deeply; the limit is ${MAX_NESTING} open brackets.`);
  }
  return {
    code: 'GRAPHQL_PARSE_FAILED',
    message: message
      .replace(/(found|Unexpected) (Name|Int|Float|String|BlockString|Comment) "[^]*$/, '$1 $2.')
      .replace(/^(Syntax Error: (?:Invalid|Unexpected|Cannot)[^:]*): [^]*$/, '$1.'),
  };
}

/** Keeps names of fields, arguments, variables and types; replaces values with their type. */
export function validationFault(error: GraphQLError, maxSelections: number): RequestFault {
  const code = 'GRAPHQL_VALIDATION_FAILED';
  const tooMuch = `The query selects too much; the limit is ${maxSelections} selections.`;
  // graphql-js gives up if comparing fields of the same name would take too long.
  if (error.message === 'Validation aborted.') return tooComplex(tooMuch);
  switch (error.extensions['validationErrorCode']) {
    case 'INTROSPECTION_DISABLED':
      return { code, message: 'Introspection is disabled on this server.' };
    default:
      return { code, message: isOfValue(error) ? valueMessage(error.message) : error.message };
  }
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
