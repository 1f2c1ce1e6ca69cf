import type { OperationDefinitionNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>> | undefined;

/** Operations that were found within the limits, with the variables they were. */
export interface PassedOperations {
  has(operation: OperationDefinitionNode, variables: Variables): boolean;
  add(operation: OperationDefinitionNode, variables: Variables): void;
}

/** Forms of the variables of one operation; beyond it, they are collected anew. */
const MAX_FORMS = 100;
/** Characters of one form. */
const MAX_LENGTH = 1000;
/** Characters of all forms of all operations; beyond it, all are collected from the start. */
const MAX_KEPT = 1_000_000;

/**
 * Remembers operations for as long as Apollo keeps their documents, so that the same page asked for
 * again is not measured again.
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
 * All that limits can see of variables: numbers and booleans, how long lists are, and of anything else
 * whether it is there. Names and ids, which differ from request to request, are not in it.
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
