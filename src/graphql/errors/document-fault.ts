import { type GraphQLError, Kind } from 'graphql';
import { MAX_NESTING } from '../limits/document-shape.js';
import type { RequestFault } from './request-fault.js';

/** Says what a parser found without quoting it: it may be anything, a pasted token too. */
export function syntaxFault({ message }: GraphQLError): RequestFault {
  const limit = /Document contains more tha[nt] (\d+) tokens/.exec(message)?.[1];
  if (limit !== undefined) {
    return tooComplex(`The query is too long: ${limit} tokens at the most.`);
  }
  // It is the engine's word, not the parser's: the stack ended.
  if (!message.startsWith('Syntax Error')) {
    return tooComplex(`The query is too deep: up to ${MAX_NESTING} brackets may be open at once.`);
  }
  return {
    code: 'GRAPHQL_PARSE_FAILED',
    message: message
      .replace(/(found|Unexpected) (Name|Int|Float|String|BlockString|Comment) "[^]*$/, '$1 $2.')
      .replace(/^(Syntax Error: (?:Invalid|Unexpected|Cannot)[^:]*): [^]*$/, '$1.'),
  };
}

/** Keeps what names fields, arguments, variables and types; says of a value only its type. */
export function validationFault(error: GraphQLError, maxSelections: number): RequestFault {
  const code = 'GRAPHQL_VALIDATION_FAILED';
  const tooMuch = `The query selects too much: ${maxSelections} selections at the most.`;
  // graphql-js gives up where comparing fields of one name would take too long.
  if (error.message === 'Validation aborted.') return tooComplex(tooMuch);
  switch (error.extensions['validationErrorCode']) {
    case 'MAX_RECURSIVE_SELECTIONS_EXCEEDED':
      return tooComplex(tooMuch);
    case 'INTROSPECTION_DISABLED':
      return { code, message: 'Introspection is off on this server.' };
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

/** Scalars do not always say which node their error is of. */
function isOfValue({ nodes, message }: GraphQLError): boolean {
  return VALUES.has(nodes?.[0]?.kind ?? '') || message.includes('cannot represent');
}

/** The forms in which a message names the type before it comes to the value. */
const TYPE_NAMED = [
  /^Expected value of type "([^"]+)"/,
  /^Enum "(\w+)" cannot represent/,
  /^(\w+) cannot represent/,
  /^Value "\w+" does not exist in "(\w+)" enum/,
];

function valueMessage(message: string): string {
  const type = TYPE_NAMED.map((form) => form.exec(message)?.[1]).find(Boolean);
  return type === undefined
    ? 'A value is not of the type expected.'
    : `A value is not valid: expected a value of type "${type}".`;
}
