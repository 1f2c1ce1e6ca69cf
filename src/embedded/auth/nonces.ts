/** Remembers nonces until their requests would be refused as stale anyway. */
export interface Nonces {
  /** False where the nonce was used before. `until` and `now` in milliseconds since the epoch. */
  use(nonce: string, until: number, now: number): boolean;
  readonly size: number;
}

/** How often forgotten nonces are swept out, in milliseconds. */
const SWEEP_INTERVAL = 60_000;

export function createNonces(): Nonces {
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
      if (used.has(nonce)) return false;
      used.set(nonce, until);
      return true;
    },
    get size() {
      return used.size;
    },
  };
}
