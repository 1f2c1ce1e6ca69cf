import type { Logger } from '../../telemetry/logger.js';

/** The store's clock, as far as its answers tell. Links are signed by it: it judges their end. */
export interface StoreClock {
  /** The moment by the store's clock. */
  now(): Date;
  /** Learns from an answer that has just come. */
  learn(answer: StoreAnswer): void;
}

export interface StoreAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A `Date` has whole seconds, and an answer takes a while: closer than this, both clocks are the same. */
const SAME_MS = 2000;
/** Farther apart than this, somebody should look at the clock of the host. */
const REPORT_MS = 10_000;

/** @param hostNow the clock of this host, epoch milliseconds */
export function createStoreClock(hostNow: () => number, logger: Logger): StoreClock {
  let offset = 0;
  let reported = 0;

  /** One warning for one difference. */
  function tell(): void {
    if (Math.abs(offset - reported) < REPORT_MS) return;
    reported = offset;
    const skewSeconds = Math.round(offset / 1000);
    if (Math.abs(offset) < REPORT_MS) {
      logger.info({ skewSeconds }, 'the clocks of the store and of this host agree again');
    } else {
      logger.warn(
        { skewSeconds },
        'the clocks of the store and of this host differ; links are signed by that of the store',
      );
    }
  }

  return {
    now: () => new Date(hostNow() + offset),
    learn(answer) {
      const date = dateOf(answer);
      if (date === undefined) return;
      // The second that the header names has begun: on average half of it is over.
      const difference = date + 500 - hostNow();
      offset = Math.abs(difference) < SAME_MS ? 0 : difference;
      tell();
    },
  };
}

/**
 * What the `Date` of a successful answer says, in epoch milliseconds. Of an error it may be that of a proxy,
 * of an answer from a cache it is that of another day.
 */
function dateOf({ status, headers }: StoreAnswer): number | undefined {
  if (status < 200 || status > 299 || isFromCache(headers)) return undefined;
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? undefined : date;
}

/** Whether a cache on the way answered (RFC 9111, 5.1). */
export function isFromCache(headers: StoreAnswer['headers']): boolean {
  return (headers['age'] ?? '0') !== '0';
}
