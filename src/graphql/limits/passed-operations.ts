import type { OperationDefinitionNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>> | undefined;

/** Operations that passed the limits, by the shapes of their variables, with their estimate. */
export interface PassedOperations {
  /** The estimated bytes of the response; undefined if the operation has not passed. */
  get(operation: OperationDefinitionNode, variables: Variables): number | undefined;
  add(operation: OperationDefinitionNode, variables: Variables, bytes: number): void;
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
  let formsOf = new WeakMap<OperationDefinitionNode, Map<string, number>>();
  let kept = 0;
  return {
    get: (operation, variables) => formsOf.get(operation)?.get(formOf(operation, variables)),
    add(operation, variables, bytes) {
      const form = formOf(operation, variables);
      if (form.length > MAX_LENGTH) return;
      kept += form.length + 1;
      if (kept > MAX_KEPT) {
        formsOf = new WeakMap();
        kept = form.length + 1;
      }
      const forms = formsOf.get(operation) ?? new Map<string, number>();
      if (forms.size >= MAX_FORMS) forms.clear();
      formsOf.set(operation, forms.set(form, bytes));
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
