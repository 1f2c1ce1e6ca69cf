import {
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export interface Measure {
  /** The measure of a field, given that of its selections. */
  readonly field: (node: FieldNode, below: number) => number;
  /** Combines the measures of two sibling selections. */
  readonly beside: (a: number, b: number) => number;
}

export type FragmentOf = (name: string) => FragmentDefinitionNode | null | undefined;

/**
 * Measures an operation as if its fragments were inlined. Each fragment is measured once, however
 * often it is spread, so the time is linear in the document. Fragments must not form cycles.
 */
export function measureOperation(
  operation: Pick<OperationDefinitionNode, 'selectionSet'>,
  fragmentOf: FragmentOf,
  { field, beside }: Measure,
): number {
  const fragments = new Map<string, number>();

  function ofFragment(name: string): number {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    const measured = ofSelections(fragmentOf(name)?.selectionSet);
    fragments.set(name, measured);
    return measured;
  }

  function ofSelections(set: SelectionSetNode | undefined): number {
    let total = 0;
    for (const selection of set?.selections ?? []) {
      const measured =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.kind === Kind.FIELD
            ? field(selection, ofSelections(selection.selectionSet))
            : ofSelections(selection.selectionSet);
      total = beside(total, measured);
    }
    return total;
  }

  return ofSelections(operation.selectionSet);
}
