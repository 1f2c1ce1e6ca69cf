import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** A few tokens suffice for any spelling of it. */
const MAX_TOKENS = 20;

/**
 * Normalizes the composition query, `{ _service { sdl } }` with or without `__typename`, to the one
 * spelling that is run and cached: without comments or operation name, which callers choose freely.
 * Null for any other document.
 */
export function compositionDocument(query: string, operationName?: string): string | null {
  const operation = onlyQuery(query);
  if (!operation || (operationName !== undefined && operation.name?.value !== operationName)) {
    return null;
  }
  return selectionOf(operation.selectionSet, {
    __typename: () => '__typename',
    _service: ({ selectionSet }) => {
      const below = selectionSet && selectionOf(selectionSet, SERVICE_FIELDS);
      return below ? `_service ${below}` : null;
    },
  });
}

type Fields = Readonly<Record<string, (node: FieldNode) => string | null>>;

const SERVICE_FIELDS: Fields = { sdl: () => 'sdl', __typename: () => '__typename' };

function onlyQuery(text: string): OperationDefinitionNode | null {
  try {
    const { definitions } = parse(text, { noLocation: true, maxLexicalTokens: MAX_TOKENS });
    const [operation, ...others] = definitions;
    const isQuery =
      operation?.kind === Kind.OPERATION_DEFINITION &&
      operation.operation === OperationTypeNode.QUERY;
    return isQuery && others.length === 0 && isPlain(operation) ? operation : null;
  } catch {
    return null;
  }
}

function isPlain({ variableDefinitions, directives }: OperationDefinitionNode): boolean {
  return variableDefinitions?.length === 0 && directives?.length === 0;
}

/**
 * Prints the selection, each field once; null if a field is not in `fields` or is more than a name.
 */
function selectionOf({ selections }: SelectionSetNode, fields: Fields): string | null {
  const written = new Set<string>();
  for (const node of selections) {
    if (node.kind !== Kind.FIELD || !isBare(node)) return null;
    const write = Object.hasOwn(fields, node.name.value) ? fields[node.name.value] : undefined;
    const text = write?.(node);
    if (text == null) return null;
    written.add(text);
  }
  return `{ ${[...written].join(' ')} }`;
}

function isBare({ alias, arguments: given, directives }: FieldNode): boolean {
  return !alias && given?.length === 0 && directives?.length === 0;
}
