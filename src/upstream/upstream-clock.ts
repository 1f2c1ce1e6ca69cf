/** The upstream's clock as far as this process knows it: how far it is from the host's. */
export interface UpstreamClock {
  /** Milliseconds the upstream is ahead of the host. */
  offset(): number;
  setOffset(ms: number): void;
}

export function createUpstreamClock(): UpstreamClock {
  let offset = 0;
  return {
    offset: () => offset,
    setOffset: (ms) => {
      offset = ms;
    },
  };
}
