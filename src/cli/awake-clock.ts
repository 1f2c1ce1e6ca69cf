/** A longer pause between two looks at the clock is one in which the process was suspended. */
const LONGEST_STEP_MS = 5000;
const STEP_MS = 1000;

/**
 * Counts the time in which this process was awake: a machine that sleeps, a process that is stopped, and a clock
 * that is set count for nothing.
 * @param monotonic milliseconds of a monotonic clock
 * @returns milliseconds from an unspecified beginning
 */
export function createAwakeClock(monotonic: () => number = () => performance.now()): () => number {
  let total = 0;
  let lookedAt = monotonic();
  const awake = (): number => {
    const at = monotonic();
    total += Math.min(at - lookedAt, LONGEST_STEP_MS);
    lookedAt = at;
    return total;
  };
  setInterval(awake, STEP_MS).unref();
  return awake;
}
