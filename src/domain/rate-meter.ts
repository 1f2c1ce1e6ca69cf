/** Span that the rate is taken over: long enough for a steady time left, short enough to follow the line. */
const WINDOW_MS = 15_000;
/** Before this the rate says more of the start than of the line. */
const SHORTEST_MS = 1000;
/** Without a new byte for this long, a line stands still. */
const STALLED_MS = 10_000;

export interface Rate {
  /** Bytes a second; null while it is not known. */
  readonly bytesPerSecond: number | null;
  readonly stalled: boolean;
}

/** Measures how fast a count of bytes grows, from what it was when the measuring began. */
export class RateMeter {
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #grewAt = 0;

  /** Begins with bytes that were there before. */
  restart(bytes: number, at: number): void {
    this.#samples = [{ at, bytes }];
    this.#grewAt = at;
  }

  add(bytes: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last === undefined || bytes < last.bytes) {
      this.restart(bytes, at);
      return;
    }
    if (bytes > last.bytes) this.#grewAt = at;
    this.#samples.push({ at, bytes });
    // The one before the window stays, as its beginning.
    const inside = this.#samples.findIndex((sample) => sample.at > at - WINDOW_MS);
    this.#samples.splice(0, Math.max(0, inside - 1));
  }

  rate(at: number): Rate {
    const stalled = this.#samples.length > 0 && at - this.#grewAt >= STALLED_MS;
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || at - first.at < SHORTEST_MS) {
      return { bytesPerSecond: null, stalled };
    }
    const bytesPerSecond = Math.round(((last.bytes - first.bytes) * 1000) / (at - first.at));
    return { bytesPerSecond: stalled ? 0 : bytesPerSecond, stalled };
  }
}
