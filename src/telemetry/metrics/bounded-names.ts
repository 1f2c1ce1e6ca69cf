/** Characters of a name; it is repeated in each series of its label. */
const MAX_LENGTH = 128;

/**
 * Keeps a label that callers choose within bounds.
 * @param max how many names are kept apart; further ones, and long ones, are `other`
 */
export function createBoundedNames(max: number): (name: string, mayBeNew: boolean) => string {
  const seen = new Set<string>();
  return (name, mayBeNew) => {
    if (mayBeNew && seen.size < max && name.length <= MAX_LENGTH) seen.add(name);
    return seen.has(name) ? name : 'other';
  };
}
