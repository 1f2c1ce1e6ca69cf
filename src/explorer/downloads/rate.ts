/** The progress of a download at one moment. */
interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly received: number;
}

/** Long enough to be steady, short enough to follow a changing connection. */
const WINDOW_MS = 10_000;
const MIN_SPAN_MS = 1000;

export interface RateMeter {
  add(sample: Sample): void;
  /** Drops all samples, for example after an interruption. */
  reset(): void;
  /** Bytes per second; null until there are enough samples. */
  rate(): number | null;
}

/** Measures the rate over the last ten seconds. */
export function createRateMeter(): RateMeter {
  let samples: Sample[] = [];
  return {
    add(sample) {
      samples.push(sample);
      samples = samples.filter(({ at }) => sample.at - at <= WINDOW_MS);
    },
    reset() {
      samples = [];
    },
    rate() {
      const [first] = samples;
      const last = samples.at(-1);
      if (first === undefined || last === undefined) return null;
      const span = last.at - first.at;
      return span < MIN_SPAN_MS ? null : ((last.received - first.received) * 1000) / span;
    },
  };
}

/** Estimated seconds left; null if unknown. */
export function secondsLeft(
  received: number,
  total: number | null,
  rate: number | null,
): number | null {
  return total === null || rate === null || rate <= 0 ? null : Math.ceil((total - received) / rate);
}
