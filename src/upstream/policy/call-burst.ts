import type { ApiOperationName } from '../operation.js';

export interface SentCall {
  readonly operation: ApiOperationName;
  /** In the order of sending, from 1. */
  readonly number: number;
  /** Calls in flight when it was sent, itself included. */
  readonly inFlight: number;
  /** By a monotonic clock, in milliseconds. */
  readonly at: number;
}

/** The calls that were sent since the burst before, until a decrease of the limit. */
export interface CallBurst {
  /** The number of its last call. */
  readonly until: number;
  /** The limit they were sent with. */
  readonly limit: number;
  /** Records a call; returns whether that can change the capacity. Ignores calls of other bursts. */
  learn(call: SentCall, isRefused: boolean): boolean;
  /**
   * The capacity of the upstream, in calls in flight: it refused those beyond and no others.
   * Undefined if the refusals have another reason, for example a quota.
   */
  capacity(): number | undefined;
}

/** Creates the burst of the calls numbered above `after` up to `until`. */
export function createCallBurst(of: {
  readonly after: number;
  readonly until: number;
  readonly limit: number;
}): CallBurst {
  const { after, until, limit } = of;
  /** Calls in flight with the refused call that had the fewest, and the taken one with the most. */
  let [fewestRefused, mostTaken] = [Infinity, 0];
  return {
    until,
    limit,
    learn: ({ number, inFlight }, isRefused) => {
      if (number <= after || number > until) return false;
      if (isRefused) fewestRefused = Math.min(fewestRefused, inFlight);
      else mostTaken = Math.max(mostTaken, inFlight);
      const isNews = isRefused ? inFlight === fewestRefused : inFlight === mostTaken;
      return isNews && fewestRefused < Infinity;
    },
    capacity: () =>
      mostTaken < fewestRefused && fewestRefused < Infinity ? fewestRefused - 1 : undefined,
  };
}
