/** A token that does not say who its bearer is. `reason` is for the log, never for the caller. */
export class RefusedTokenError extends Error {
  override readonly name = 'RefusedTokenError';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super('The token is not valid.', options);
  }
}

/** Tokens cannot be checked, since the keys of their issuer cannot be had. Not the caller's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';

  constructor(options: ErrorOptions) {
    super('The keys that tokens are checked with cannot be had.', options);
  }
}
