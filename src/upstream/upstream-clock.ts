/** The upstream's time as far as this process knows it: the host's clock and a learnt offset. */
export interface UpstreamClock {
  /** Epoch milliseconds, corrected. */
  now(): number;
  /** Milliseconds the upstream is ahead of the host. */
  offset(): number;
  setOffset(ms: number): void;
}

export function createUpstreamClock(hostNow: () => number): UpstreamClock {
  let offset = 0;
  return {
    now: () => hostNow() + offset,
    offset: () => offset,
    setOffset: (ms) => {
      offset = ms;
    },
  };
}
