import type { Clock } from '../request.js';

/** Milliseconds of bytes that may come at once: shorter pauses cost more than they even out. */
const BURST_MS = 100;

/** Tells how long to pause after so many bytes. */
export type Throttle = (bytes: number, signal: AbortSignal) => Promise<void> | undefined;

/** Keeps all connections together to so many bytes per second; null for no limit. */
export function createThrottle(bytesPerSecond: number | null, clock: Clock): Throttle {
  if (bytesPerSecond === null) return () => undefined;
  let paidUntil = clock.awake();
  return (bytes, signal) => {
    const now = clock.awake();
    paidUntil = Math.max(paidUntil, now - BURST_MS) + (bytes * 1000) / bytesPerSecond;
    const waitMs = Math.ceil(paidUntil - now);
    return waitMs > BURST_MS ? clock.sleep(waitMs, signal) : undefined;
  };
}
