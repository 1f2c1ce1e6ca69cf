/** A token that does not say who its bearer is. `reason` is for the log, never for the caller. */
export class RefusedTokenError extends Error {
  override readonly name = 'RefusedTokenError';

  constructor(
    /** As `aud: unexpected`: one of few, and without a value of the token. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super('The token is not valid.', options);
  }
}

/** Tokens cannot be checked, for want of the keys of their issuer. Not the caller's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';

  constructor(options: ErrorOptions) {
    super('The keys that tokens are checked with are not available.', options);
  }
}
