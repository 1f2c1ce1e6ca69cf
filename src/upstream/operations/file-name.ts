/** Whether this can name a file: a lone surrogate has no UTF-8 form, so it could not be asked for. */
export function isFileName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !/\p{Surrogate}/u.test(name);
}
