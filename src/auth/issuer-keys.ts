import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics.js';
import { describeError } from '../telemetry/redact.js';
import { KeysUnavailableError, RefusedTokenError } from './authentication-error.js';
import { readSigningKeys, type UnusableKey } from './signing-keys.js';

/** Fetches a JWK Set; replaces the global fetch. */
export type FetchKeys = FetchImplementation;

export interface IssuerKeysOptions {
  readonly url: string;
  /** Milliseconds to keep using cached keys while fetching fails. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  readonly fetchKeys?: FetchKeys | undefined;
}

/** Milliseconds after which keys are fetched again, so that withdrawn keys stop working. */
const REFRESH_MS = 600_000;
/** Milliseconds before fetching again for an unknown key; anyone can name one. */
const COOLDOWN_MS = 30_000;
/** Timeout of one fetch in milliseconds. */
const TIMEOUT_MS = 5000;
/** Milliseconds after a failed fetch before the next one. */
const RETRY_MS = 1000;
/** Bytes. Issuers publish a few keys of 1 to 2 KiB each, including certificates. */
const MAX_BYTES = 262_144;

/**
 * The published keys of an issuer (RFC 7517), looked up by token header. jose's key set fetches them
 * on first use and for an unknown key, one fetch at a time; here they are also fetched when stale,
 * and cached ones are used while that fails, for up to `maxAgeMs`.
 * @throws KeysUnavailableError, RefusedTokenError, and errors of jose if no key matches the token,
 *   from the returned function
 */
export function createIssuerKeys(options: IssuerKeysOptions): JWTVerifyGetKey {
  const { url, maxAgeMs, now, fetchKeys = fetch } = options;
  const reports = reportKeys(options);
  let fetchedAt: number | null = null;
  let unusable: readonly UnusableKey[] = [];
  let failure: { readonly error: KeysUnavailableError; readonly at: number } | null = null;

  // A clock set back ages keys like a clock set ahead.
  const since = (time: number): number => Math.abs(now().getTime() - time);

  const fetchObserved: FetchImplementation = async (address, init) => {
    if (failure && since(failure.at) < RETRY_MS) throw failure.error;
    try {
      const set = readSigningKeys(await readText(await fetchKeys(address, init)));
      ({ unusable } = set);
      fetchedAt = now().getTime();
      failure = null;
      reports.fetched(unusable);
      return Response.json({ keys: set.keys });
    } catch (cause) {
      const error = new KeysUnavailableError({ cause });
      failure = { error, at: now().getTime() };
      const isCached = fetchedAt !== null && since(fetchedAt) < maxAgeMs;
      reports.failed(error, isCached ? new Date((fetchedAt ?? 0) + maxAgeMs) : null);
      throw error;
    }
  };

  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchObserved,
  });

  async function refresh(): Promise<void> {
    // While the issuer fails, no request waits for it.
    const isFailing = failure !== null;
    const fetching = keys.reload().catch(() => undefined);
    if (!isFailing) await fetching;
  }

  return async (header, token) => {
    if (fetchedAt !== null && since(fetchedAt) >= REFRESH_MS) await refresh();
    try {
      return await keys(header, token);
    } catch (error) {
      const isSkipped = unusable.some(({ kid }) => kid !== undefined && kid === header.kid);
      if (!(error instanceof errors.JWKSNoMatchingKey) || !isSkipped) throw error;
      throw new RefusedTokenError('kid: unusable key', { cause: error });
    }
  };
}

/** Counts key fetches and logs changes of state, not every fetch or every affected request. */
function reportKeys({ logger, metrics, now }: IssuerKeysOptions) {
  let state: 'fresh' | 'cached' | 'none' = 'fresh';
  let reported = '';
  return {
    fetched(unusable: readonly UnusableKey[]) {
      metrics?.keysFetched(now());
      if (state === 'none') logger.info('token verification restored');
      if (state === 'cached') logger.info('issuer keys refreshed again');
      state = 'fresh';
      const reasons = [...new Set(unusable.map(({ reason }) => reason))];
      if (reasons.join() !== reported && reasons.length > 0) {
        logger.error(
          { reasons, count: unusable.length },
          'unusable keys in the JWK Set; tokens signed with them are refused',
        );
      }
      reported = reasons.join();
    },
    /** @param usedUntil when the cached keys expire; null if there are none */
    failed(cause: KeysUnavailableError, usedUntil: Date | null) {
      metrics?.keyFetchFailed();
      const next = usedUntil === null ? 'none' : 'cached';
      if (state === next) return;
      state = next;
      const error = describeError(cause);
      if (usedUntil === null) logger.error({ error }, 'tokens cannot be verified');
      else {
        logger.warn(
          { error, usedUntil: usedUntil.toISOString() },
          'issuer keys could not be refreshed; using cached keys',
        );
      }
    },
  };
}

/** @throws Error unless the response is complete, 200 and not too large */
async function readText(response: Response): Promise<string> {
  const { status, headers, body } = response;
  if (status !== 200) {
    // An unread body would keep the connection busy.
    await body?.cancel();
    throw new Error(`AUTH_JWKS_URL ${describeStatus(status, headers)}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Throwing inside the loop closes the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The JWK Set is larger than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Redirects are not followed: they could lead to keys of somebody else. */
function describeStatus(status: number, headers: Headers): string {
  const location = headers.get('location') ?? '';
  if (status < 300 || status > 399) return `answered with status ${status}.`;
  const target = URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  return `redirects${target} (status ${status}); set it to the final address.`;
}
