import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics/token-metrics.js';
import { describeError } from '../telemetry/redact.js';
import type { KeyObserver } from './issuer-keys.js';

export interface ObserveKeysOptions {
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  readonly now: () => Date;
}

/** Counts key fetches and logs changes of state, not every fetch or every affected request. */
export function observeKeys({ logger, metrics, now }: ObserveKeysOptions): KeyObserver {
  let state: 'fresh' | 'kept' | 'none' = 'fresh';
  let lastUnusable: unknown;
  const unusable = byRate((count) => {
    const error = describeError(lastUnusable);
    logger.error(
      { error, count },
      'unusable key in the JWK Set; tokens signed with it cannot be verified',
    );
  });
  return {
    fetched() {
      metrics?.keysFetched(now());
      if (state === 'none') logger.info('token verification restored');
      if (state === 'kept') logger.info('issuer keys refreshed again');
      state = 'fresh';
    },
    failed(cause, usedUntil) {
      metrics?.keyFetchFailed();
      const next = usedUntil === null ? 'none' : 'kept';
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
    unusable(error) {
      lastUnusable = error;
      unusable.happened();
    },
  };
}
