/** Maximum characters of a name, which is repeated in every series. */
const MAX_LENGTH = 128;

/**
 * Bounds the values of a label that callers choose.
 * @param max number of distinct names; further and long ones become `other`
 */
export function createBoundedNames(max: number): (name: string, mayBeNew: boolean) => string {
  const kept = new Map<string, string>();
  return (name, mayBeNew) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (!mayBeNew || kept.size >= max || name.length > MAX_LENGTH) return 'other';
    const own = ownCopyOf(name);
    kept.set(own, own);
    return own;
  };
}

/** Copies the name: a substring would retain its whole document. */
function ownCopyOf(name: string): string {
  return Buffer.from(name).toString();
}
