/** Remembers nonces until their requests have become stale. */
export interface Nonces {
  /**
   * Registers a nonce: `used` if an earlier request had it, `full` if no more can be stored.
   * `until` and `now` are epoch milliseconds.
   */
  use(nonce: string, until: number, now: number): 'taken' | 'used' | 'full';
  readonly size: number;
}

/** Milliseconds between removals of expired nonces. */
const SWEEP_INTERVAL = 60_000;

/** About 60 MB. A client within the cloud's own quota of 1,000 calls a minute needs 30,000. */
const MAX_NONCES = 500_000;

export function createNonces(maxNonces = MAX_NONCES): Nonces {
  const used = new Map<string, number>();
  let sweptAt = -Infinity;

  function sweep(now: number): void {
    if (now - sweptAt < SWEEP_INTERVAL) return;
    sweptAt = now;
    for (const [nonce, until] of used) if (until < now) used.delete(nonce);
  }

  return {
    use(nonce, until, now) {
      sweep(now);
      if (used.has(nonce)) return 'used';
      if (used.size >= maxNonces) return 'full';
      used.set(nonce, until);
      return 'taken';
    },
    get size() {
      return used.size;
    },
  };
}
