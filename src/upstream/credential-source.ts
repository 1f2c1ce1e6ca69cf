import type { Credentials } from '../config/config.js';

/** Where the credentials that sign come from, where they may be renewed while calls are made. */
export interface CredentialSource {
  /** The ones to sign with now: the same object until they are renewed. */
  current(): Credentials;
  /**
   * Looks for others after the upstream has refused these. Refusals at the same time share one look, and
   * there is at most one in some seconds.
   * @returns whether there are others now
   */
  renew(refused: Credentials): Promise<boolean>;
}

/** Credentials that stay as they are. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  const none = Promise.resolve(false);
  return { current: () => credentials, renew: () => none };
}
