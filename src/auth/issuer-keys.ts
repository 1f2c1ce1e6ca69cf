import { setTimeout as sleep } from 'node:timers/promises';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { KeysUnavailableError } from './authentication-error.js';
import { fetchKeySet } from './fetch-key-set.js';

/** Fetches a set of keys, in place of the global fetch. */
export type FetchKeys = FetchImplementation;

/** What becomes of fetching keys. */
export interface KeyObserver {
  fetched(): void;
  /** @param usedUntil when the keys that are known end; null where there are none to go on with */
  failed(error: KeysUnavailableError, usedUntil: Date | null): void;
  /** A key was fetched and cannot be used. */
  unusable(error: KeysUnavailableError): void;
}

export interface IssuerKeysOptions {
  readonly url: string;
  /** Milliseconds that keys are used for while new ones cannot be fetched. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
  readonly observer: KeyObserver;
  readonly fetchKeys?: FetchKeys | undefined;
  /** Milliseconds a request waits for newer keys before it goes on with those that are known. */
  readonly patienceMs?: number;
}

/** Milliseconds after which keys are fetched again: a key that was withdrawn is used no longer. */
const REFRESH_MS = 600_000;
/** Milliseconds before an unknown key is asked for again: anyone can name one. */
const COOLDOWN_MS = 30_000;
/** Milliseconds one fetch may take. */
const TIMEOUT_MS = 5000;
/** Milliseconds between fetches of an issuer that is slow to fail, or has failed FREE_FAILURES times. */
const RETRY_MS = 5000;
const QUICK_MS = 1000;
const FREE_FAILURES = 4;
const PATIENCE_MS = 1000;

/**
 * The published keys of an issuer (RFC 7517), by the header of a token. They are fetched when first
 * needed, when they are old, and for a key that is not among them, by one fetch at a time. While the
 * issuer is out of reach the known ones go on for `maxAgeMs`, and nobody waits for it.
 * @throws KeysUnavailableError, and those of jose for a token no key fits, from the returned function
 */
export function createIssuerKeys(options: IssuerKeysOptions): JWTVerifyGetKey {
  const { url, maxAgeMs, now, observer, fetchKeys = fetch, patienceMs = PATIENCE_MS } = options;
  // Its own clock decides nothing here: keys are fetched by `reload` alone.
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchKeySet(fetchKeys),
  });
  let fetchedAt = -Infinity;
  let failures = 0;
  let failed: { readonly error: KeysUnavailableError; readonly retryAt: number } | undefined;
  let fetching: { readonly done: Promise<void>; readonly patience: Promise<void> } | undefined;

  // A clock that is set back ages keys as one that is set ahead does.
  const age = (): number => Math.abs(now().getTime() - fetchedAt);

  async function fetchOnce(): Promise<void> {
    const startedAt = now().getTime();
    try {
      await keys.reload();
      fetchedAt = now().getTime();
      failures = 0;
      failed = undefined;
      observer.fetched();
    } catch (cause) {
      const error = new KeysUnavailableError({ cause });
      const endedAt = now().getTime();
      failures += 1;
      const mayHurry = failures <= FREE_FAILURES && endedAt - startedAt < QUICK_MS;
      failed = { error, retryAt: mayHurry ? endedAt : endedAt + RETRY_MS };
      observer.failed(error, age() < maxAgeMs ? new Date(fetchedAt + maxAgeMs) : null);
      throw error;
    } finally {
      fetching = undefined;
    }
  }

  /** Joins the fetch under way, or begins one where that may be. */
  function refetch(): NonNullable<typeof fetching> | KeysUnavailableError {
    if (fetching) return fetching;
    if (failed && now().getTime() < failed.retryAt) return failed.error;
    const done = fetchOnce();
    done.catch(() => undefined);
    fetching = { done, patience: sleep(patienceMs, undefined, { ref: false }) };
    return fetching;
  }

  async function needNewer(): Promise<void> {
    const attempt = refetch();
    if (attempt instanceof KeysUnavailableError) throw attempt;
    await attempt.done;
  }

  async function preferNewer(): Promise<void> {
    const isFailing = failed !== undefined;
    const attempt = refetch();
    if (isFailing || attempt instanceof KeysUnavailableError) return;
    await Promise.race([attempt.done.catch(() => undefined), attempt.patience]);
  }

  return async (header, token) => {
    if (!(age() < maxAgeMs)) await needNewer();
    else if (age() >= REFRESH_MS) await preferNewer();
    try {
      return await keys(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || (!failed && age() < COOLDOWN_MS)) throw error;
      await needNewer();
      return keys(header, token);
    }
  };
}
