/** Retries a process may make, whoever wants them: an upstream in trouble is not called more for it. */
export interface RetryBudget {
  /** A call begins, and earns its part of a retry. */
  countCall(): void;
  /** Takes one retry, or tells that there is none. */
  takeRetry(): boolean;
  /** Puts one back that cost the upstream nothing. */
  giveBack?(): void;
}

export interface RetryBudgetOptions {
  /** Most retries that can be saved up, and what there is at the start. */
  readonly reserve: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Retries for each call, in the long run. */
const PER_CALL = 0.2;
/** So that a process with few calls gets its reserve back after an outage. */
const PER_SECOND = 0.2;

/** Allows about one retry for five calls, beside a reserve for failures that come all at once. */
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
