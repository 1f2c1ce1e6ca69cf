import type { GraphQLFormattedError } from 'graphql';

/**
 * Identical errors reported separately: as many as the largest page has rows, so that clients and
 * routers can match them to fields by path.
 */
const MAX_OF_A_KIND = 100;

/**
 * Collapses errors of a response: of more than 100 with the same code and message, the rest are
 * represented by the first of them, with their number in `extensions.count`.
 */
export function collapseErrors(
  errors: readonly GraphQLFormattedError[],
): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_OF_A_KIND) return errors;
  const kinds = new Map<string, { count: number; rest: number }>();
  const kept: GraphQLFormattedError[] = [];
  for (const error of errors) {
    const name = `${String(error.extensions?.['code'])} ${error.message}`;
    const kind = kinds.get(name) ?? { count: 0, rest: 0 };
    kinds.set(name, kind);
    kind.count += 1;
    if (kind.count === MAX_OF_A_KIND + 1) kind.rest = kept.length;
    if (kind.count <= MAX_OF_A_KIND + 1) kept.push(error);
  }
  for (const { count, rest } of kinds.values()) {
    const first = kept[rest];
    if (count <= MAX_OF_A_KIND + 1 || !first) continue;
    kept[rest] = {
      ...first,
      extensions: { ...first.extensions, count: count - MAX_OF_A_KIND },
    };
  }
  return kept;
}
