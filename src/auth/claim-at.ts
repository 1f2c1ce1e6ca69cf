/**
 * The claim of a name: a member of just this name, as `https://example.com/roles`, or else the one at the
 * end of a path with dots, as `realm_access.roles`. Names on the way may hold dots themselves, as the
 * client in `resource_access.backups.example.com.roles`. Undefined where there is none.
 */
export function claimAt(claims: object, name: string): unknown {
  const members = claims as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(members, name)) return members[name];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot);
    const inner = Object.hasOwn(members, head) ? members[head] : undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const found = claimAt(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
