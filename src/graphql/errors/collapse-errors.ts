import type { GraphQLFormattedError } from 'graphql';

/**
 * Errors of one kind that each stand for their own field: as many as the largest page has rows, so that
 * clients and routers find the error of each of them by its path.
 */
const MAX_OF_A_KIND = 100;

/**
 * The errors of an answer; where more than 100 have one code and message, the rest of them are one: the
 * first of the rest, with how many fields it stands for in `extensions.count`.
 */
export function collapseErrors(
  errors: readonly GraphQLFormattedError[],
): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_OF_A_KIND) return errors;
  const kinds = new Map<string, { count: number; rest: number }>();
  const told: GraphQLFormattedError[] = [];
  for (const error of errors) {
    const name = `${String(error.extensions?.['code'])} ${error.message}`;
    const kind = kinds.get(name) ?? { count: 0, rest: 0 };
    kinds.set(name, kind);
    kind.count += 1;
    if (kind.count === MAX_OF_A_KIND + 1) kind.rest = told.length;
    if (kind.count <= MAX_OF_A_KIND + 1) told.push(error);
  }
  for (const { count, rest } of kinds.values()) {
    const first = told[rest];
    if (count <= MAX_OF_A_KIND + 1 || !first) continue;
    told[rest] = {
      ...first,
      extensions: { ...first.extensions, count: count - MAX_OF_A_KIND },
    };
  }
  return told;
}
