import type { Credentials } from '../config/config.js';

/** A source of signing credentials that may be renewed. */
export interface CredentialSource {
  /** The current credentials: the same object until renewed. */
  current(): Credentials;
  /**
   * Looks for new credentials after the upstream rejected these. Concurrent rejections share one
   * lookup, limited to one every few seconds.
   * @returns whether there are new credentials
   */
  renew(refused: Credentials): Promise<boolean>;
}

/** Credentials that never change. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  const none = Promise.resolve(false);
  return { current: () => credentials, renew: () => none };
}
