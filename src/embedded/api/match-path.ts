import { isIdPart } from '../../domain/ids.js';

/** IDs captured from a path, by the names in the pattern. */
export type PathIds<Names extends string> = Readonly<Record<Names, string>>;

type IdNames<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | IdNames<Rest>
  : never;

/**
 * Matches decoded path segments against a pattern such as `/v1/regions/{regionId}/backups`. A name
 * in braces matches valid IDs only; text can follow it in the same segment.
 * @returns the IDs, or null if the path does not match
 */
export function matchPath<const Pattern extends string>(
  pattern: Pattern,
  path: readonly string[],
): PathIds<IdNames<Pattern>> | null {
  const expected = pattern.slice(1).split('/');
  if (expected.length !== path.length) return null;
  const ids: Record<string, string> = {};
  for (const [i, part] of expected.entries()) {
    const [, name, suffix = ''] = /^\{(\w+)\}(.*)$/.exec(part) ?? [];
    const segment = path[i] ?? '';
    if (name === undefined) {
      if (segment !== part) return null;
    } else {
      const id = segment.slice(0, segment.length - suffix.length);
      if (!segment.endsWith(suffix) || !isIdPart(id)) return null;
      ids[name] = id;
    }
  }
  return ids as PathIds<IdNames<Pattern>>;
}
