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

/** Counts fetches of keys, and logs what changes: not each fetch, nor each request that goes without. */
export function observeKeys({ logger, metrics, now }: ObserveKeysOptions): KeyObserver {
  let state: 'fresh' | 'kept' | 'none' = 'fresh';
  let lastUnusable: unknown;
  const unusable = byRate((count) => {
    const error = describeError(lastUnusable);
    logger.error(
      { error, count },
      'a published key cannot be used: tokens it signs are not checked',
    );
  });
  return {
    fetched() {
      metrics?.keysFetched(now());
      if (state === 'none') logger.info('tokens can be checked again');
      if (state === 'kept') logger.info('the keys of the issuer were fetched again');
      state = 'fresh';
    },
    failed(cause, usedUntil) {
      metrics?.keyFetchFailed();
      const next = usedUntil === null ? 'none' : 'kept';
      if (state === next) return;
      state = next;
      const error = describeError(cause);
      if (usedUntil === null) logger.error({ error }, 'tokens cannot be checked');
      else {
        logger.warn(
          { error, usedUntil: usedUntil.toISOString() },
          'the keys of the issuer cannot be fetched: the known ones are used on',
        );
      }
    },
    unusable(error) {
      lastUnusable = error;
      unusable.happened();
    },
  };
}
