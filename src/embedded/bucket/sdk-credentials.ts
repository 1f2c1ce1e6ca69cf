import { setTimeout as after } from 'node:timers/promises';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { StoreError } from './store-error.js';

type Chain = ReturnType<typeof defaultProvider>;

export interface SdkCredentialsOptions {
  readonly chain?: Chain;
  /** Milliseconds, by a clock that never goes back. */
  readonly now?: () => number;
  /** Milliseconds a look-up may take: a `credential_process` may never end. */
  readonly timeoutMs?: number;
}

/** Milliseconds for which credentials without an end are used before they are looked up again. */
const LOOK_UP_EVERY_MS = 10_000;
/** Shorter than the timeout of a request, so that its error states the reason. */
const TIMEOUT_MS = 15_000;

/** Keeps the SDK from writing to standard error about profiles beside keys: it says itself which it takes. */
const silent = () => undefined;
const NO_LOG = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/**
 * The credentials of the SDK's chain: files of profiles, roles of the machine. The SDK itself looks up those without
 * an end only once; here, keys renewed in a file apply without a restart.
 */
export function createSdkCredentials({
  chain = defaultProvider({ ignoreCache: true, logger: NO_LOG }),
  now = () => performance.now(),
  timeoutMs = TIMEOUT_MS,
}: SdkCredentialsOptions = {}): Chain {
  let known: Awaited<ReturnType<Chain>> | undefined;
  let lookingUp: ReturnType<Chain> | undefined;
  let lookedUpAt = 0;

  async function lookUp(options: Parameters<Chain>[0]): ReturnType<Chain> {
    lookedUpAt = now();
    // The chain itself renews those that end.
    const isForced = known !== undefined && known.expiration === undefined;
    try {
      const asked = chain(isForced ? { ...options, forceRefresh: true } : options);
      return (known = await Promise.race([asked, timeout(timeoutMs)]));
    } catch (error) {
      // A file that is missing, or half written, is looked up again later.
      if (isForced && known) return known;
      throw error;
    } finally {
      lookingUp = undefined;
    }
  }

  const provider: Chain = (options) => {
    const isFresh = known && !known.expiration && now() - lookedUpAt < LOOK_UP_EVERY_MS;
    if (known && isFresh && !lookingUp) return Promise.resolve(known);
    return (lookingUp ??= lookUp(options));
  };

  // Otherwise the SDK remembers the first answer.
  return Object.assign(provider, { memoized: true });
}

/** @throws StoreError after so many milliseconds */
async function timeout(ms: number): Promise<never> {
  await after(ms, undefined, { ref: false });
  throw new StoreError('refused', 'CREDENTIALS_TIMEOUT');
}
