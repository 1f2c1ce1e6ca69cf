import type { OperationDefinitionNode } from 'graphql';
import type { Cost } from './operation-cost.js';

type Variables = Readonly<Record<string, unknown>>;

/** Costs of repeated operations: measuring one takes as long as a third of a small request. */
export interface KnownCosts {
  /** Returns the known cost, or keeps what `measure` returns unless that is null. */
  of(
    operation: OperationDefinitionNode,
    variables: Variables,
    measure: () => Cost | null,
  ): Cost | null;
}

/** Per operation; beyond it, they are discarded. Apollo keeps up to 1,000 operations. */
const MAX_FORMS = 20;
/** Characters of a form. */
const MAX_LENGTH = 100;

/** Remembers costs as long as Apollo keeps their documents. */
export function createKnownCosts(): KnownCosts {
  const known = new WeakMap<OperationDefinitionNode, Map<string, Cost>>();
  return {
    of(operation, variables, measure) {
      const form = formOf(operation, variables);
      const costs = known.get(operation);
      const found = costs?.get(form);
      if (found) return found;
      const cost = measure();
      if (cost === null || form.length > MAX_LENGTH) return cost;
      if (costs === undefined || costs.size >= MAX_FORMS)
        known.set(operation, new Map([[form, cost]]));
      else costs.set(form, cost);
      return cost;
    },
  };
}

/**
 * The part of variables that costs depend on: numbers, booleans, list lengths, and the presence of
 * other values. Names and IDs, which differ between requests, are excluded.
 */
function formOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
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
  return Array.isArray(value) ? `[${value.length}]` : typeof value;
}
