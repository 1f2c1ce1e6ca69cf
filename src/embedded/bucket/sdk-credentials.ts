import { defaultProvider } from '@aws-sdk/credential-provider-node';

type Chain = ReturnType<typeof defaultProvider>;

/** Milliseconds for which credentials without an end are used before they are looked up again. */
const LOOK_UP_EVERY_MS = 10_000;

/**
 * The credentials of the SDK's chain: files of profiles, roles of the machine. The SDK itself looks up those without
 * an end only once; here, keys renewed in a file apply without a restart.
 * @param now milliseconds, by a clock that never goes back
 */
export function createSdkCredentials(
  now: () => number,
  chain = defaultProvider({ ignoreCache: true }),
): Chain {
  let known: Awaited<ReturnType<Chain>> | undefined;
  let lookingUp: ReturnType<Chain> | undefined;
  let lookedUpAt = 0;

  async function lookUp(options: Parameters<Chain>[0]): ReturnType<Chain> {
    lookedUpAt = now();
    // The chain itself renews those that end.
    const isForced = known !== undefined && known.expiration === undefined;
    try {
      return (known = await chain(isForced ? { ...options, forceRefresh: true } : options));
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

  // Else the SDK remembers the first answer.
  return Object.assign(provider, { memoized: true });
}
