/** Limits the retries of a process, so that they do not overload a failing upstream. */
export interface RetryBudget {
  /** Counts a call, which earns a fraction of a retry. */
  countCall(): void;
  /** Takes one retry if available. */
  takeRetry(): boolean;
  /** Returns a retry that cost the upstream nothing. */
  giveBack?(): void;
}

export interface RetryBudgetOptions {
  /** Maximum saved retries, and the initial number. */
  readonly reserve: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Average retries per call. */
const PER_CALL = 0.2;
/** Refills the reserve of an idle process after an outage. */
const PER_SECOND = 0.2;

/** Allows about one retry per five calls, plus a reserve for bursts of failures. */
export function createRetryBudget({ reserve, now }: RetryBudgetOptions): RetryBudget {
  let retries = reserve;
  let asOf = now();

  const earn = (earned: number): void => {
    retries = Math.min(reserve, retries + earned);
  };

  return {
    countCall: () => {
      earn(PER_CALL);
    },
    takeRetry: () => {
      const seconds = Math.max(0, now() - asOf) / 1000;
      asOf = now();
      earn(PER_SECOND * seconds);
      if (retries < 1) return false;
      retries -= 1;
      return true;
    },
    giveBack: () => {
      earn(1);
    },
  };
}
