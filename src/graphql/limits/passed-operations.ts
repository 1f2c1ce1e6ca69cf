import type { OperationDefinitionNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>> | undefined;

/** Operations that passed the limits, with the shapes of their variables. */
export interface PassedOperations {
  has(operation: OperationDefinitionNode, variables: Variables): boolean;
  add(operation: OperationDefinitionNode, variables: Variables): void;
}

/** Maximum variable shapes per operation; beyond it, they are discarded. */
const MAX_FORMS = 100;
/** Maximum characters of one shape. */
const MAX_LENGTH = 1000;
/** Maximum characters of all shapes of all operations; beyond it, all are discarded. */
const MAX_KEPT = 1_000_000;

/**
 * Remembers operations as long as Apollo keeps their documents, so that repeated requests are not
 * measured again.
 */
export function createPassedOperations(): PassedOperations {
  let formsOf = new WeakMap<OperationDefinitionNode, Set<string>>();
  let kept = 0;
  return {
    has: (operation, variables) =>
      formsOf.get(operation)?.has(formOf(operation, variables)) ?? false,
    add(operation, variables) {
      const form = formOf(operation, variables);
      if (form.length > MAX_LENGTH) return;
      kept += form.length + 1;
      if (kept > MAX_KEPT) {
        formsOf = new WeakMap();
        kept = form.length + 1;
      }
      const forms = formsOf.get(operation) ?? new Set();
      if (forms.size >= MAX_FORMS) forms.clear();
      formsOf.set(operation, forms.add(form));
    },
  };
}

/**
 * The part of variables that limits depend on: numbers, booleans, list lengths, and the presence of
 * other values. Names and IDs, which differ between requests, are excluded.
 */
function formOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables = {},
): string {
  let form = '';
  for (const { variable } of variableDefinitions) {
    const { value: name } = variable.name;
    form += Object.hasOwn(variables, name) ? `${seenOf(variables[name])},` : ',';
  }
  return form;
}

function seenOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    return String(value);
  }
  return Array.isArray(value) ? `list of ${value.length}` : typeof value;
}
