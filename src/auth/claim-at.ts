/**
 * Reads a claim by name: a member with exactly this name, such as `https://example.com/roles`, or
 * the end of a dotted path, such as `realm_access.roles`. Members along the path can contain dots
 * themselves, such as the client in `resource_access.backups.example.com.roles`. Undefined if
 * missing.
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
