/** Whether a Node.js error has one of these codes, for example ENOENT. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(codeOf(error) ?? '');
}

/**
 * The code of a Node.js or undici error, of its cause, or of the first of several errors, for
 * example one per address of a host. Undefined if there is none.
 */
export function rootCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  return codeOf(error) ?? rootCodeOf(cause) ?? rootCodeOf(Array.isArray(errors) ? errors[0] : null);
}

/** The code of a Node.js error, for example ENOENT; undefined if there is none. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
