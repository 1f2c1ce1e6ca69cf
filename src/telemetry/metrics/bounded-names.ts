/** Characters of a name; it is repeated in each series of its label. */
const MAX_LENGTH = 128;

/**
 * Keeps a label that callers choose within bounds.
 * @param max how many names are kept apart; further ones, and long ones, are `other`
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

/** A part of a text keeps the whole of it in memory, and this one is part of a document. */
function ownCopyOf(name: string): string {
  return Buffer.from(name).toString();
}
