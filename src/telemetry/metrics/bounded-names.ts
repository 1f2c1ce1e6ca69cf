/**
 * Keeps a label that callers choose within bounds.
 * @param max how many names are kept apart; further ones are `other`
 */
export function createBoundedNames(max: number): (name: string, mayBeNew: boolean) => string {
  const seen = new Set<string>();
  return (name, mayBeNew) => {
    if (mayBeNew && seen.size < max) seen.add(name);
    return seen.has(name) ? name : 'other';
  };
}
