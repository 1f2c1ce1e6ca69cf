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

/** Fetches a JWK Set; replaces the global fetch. */
export type FetchKeys = FetchImplementation;

/** Notified about fetches of keys. */
export interface KeyObserver {
  fetched(): void;
  /** @param usedUntil when the cached keys expire; null if there are none */
  failed(error: KeysUnavailableError, usedUntil: Date | null): void;
  /** A fetched key is unusable. */
  unusable(error: KeysUnavailableError): void;
}

export interface IssuerKeysOptions {
  readonly url: string;
  /** Milliseconds to keep using cached keys while fetching fails. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
  readonly observer: KeyObserver;
  readonly fetchKeys?: FetchKeys | undefined;
  /** Milliseconds a request waits for newer keys before using cached ones. */
  readonly patienceMs?: number;
}

/** Milliseconds after which keys are fetched again, so that withdrawn keys stop working. */
const REFRESH_MS = 600_000;
/** Milliseconds before fetching again for an unknown key; anyone can name one. */
const COOLDOWN_MS = 30_000;
/** Timeout of one fetch in milliseconds. */
const TIMEOUT_MS = 5000;
/**
 * Milliseconds between fetches from an issuer that fails slowly or has failed more than
 * FREE_FAILURES times.
 */
const RETRY_MS = 5000;
const QUICK_MS = 1000;
const FREE_FAILURES = 4;
const PATIENCE_MS = 1000;

/**
 * The published keys of an issuer (RFC 7517), looked up by token header. Keys are fetched on first
 * use, when stale, and for an unknown key, with one fetch at a time. While the issuer is
 * unreachable, cached keys are used for up to `maxAgeMs` without waiting.
 * @throws KeysUnavailableError, and errors of jose if no key matches the token, from the returned
 *   function
 */
export function createIssuerKeys(options: IssuerKeysOptions): JWTVerifyGetKey {
  const { url, maxAgeMs, now, observer, fetchKeys = fetch, patienceMs = PATIENCE_MS } = options;
  // Disable its own refresh: keys are fetched by `reload` only.
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

  // A clock set back ages keys like a clock set ahead.
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

  /** Joins the fetch in progress or starts one if allowed. */
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
