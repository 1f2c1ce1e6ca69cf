/** An invalid token. `reason` is for the log, never for the caller. */
export class RefusedTokenError extends Error {
  override readonly name = 'RefusedTokenError';

  constructor(
    /** For example `aud: unexpected`. From a small set, without values from the token. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super('Invalid or expired token; obtain a new one.', options);
  }
}

/** Tokens cannot be verified because the issuer's keys are unavailable. Not the caller's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';

  constructor(options: ErrorOptions) {
    super('The token verification keys are unavailable.', options);
  }
}
