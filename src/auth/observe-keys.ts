import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics.js';
import { describeError } from '../telemetry/redact.js';
import type { KeyObserver } from './issuer-keys.js';

export interface ObserveKeysOptions {
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  readonly now: () => Date;
}

/** Counts key fetches and logs changes of state, not every fetch or every affected request. */
export function observeKeys({ logger, metrics, now }: ObserveKeysOptions): KeyObserver {
  let state: 'fresh' | 'cached' | 'none' = 'fresh';
  let reported = '';
  return {
    fetched(unusable) {
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
    failed(cause, usedUntil) {
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
