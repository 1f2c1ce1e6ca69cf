/** Two buffers of one size that take turns. */
export interface BufferPair {
  readonly 0: Buffer;
  readonly 1: Buffer;
}

/** Buffers for downloads that are fast; there are a few, whoever downloads. */
export interface LargeBuffers {
  /** Null while all are in use. */
  take(): BufferPair | null;
  /** Takes a pair back, if there is one, to be forgotten. */
  giveBack(pair: BufferPair | null): null;
}

/** Bytes of each buffer: measured over loopback, the fastest of 64 KiB to 1 MiB. */
export const LARGE_CHUNK = 1024 * 1024;
/** Pairs in use at a time: 32 MiB in all. */
const MAX_PAIRS = 16;

export function createLargeBuffers(maxPairs = MAX_PAIRS): LargeBuffers {
  let inUse = 0;
  return {
    take() {
      if (inUse === maxPairs) return null;
      inUse += 1;
      return [Buffer.allocUnsafeSlow(LARGE_CHUNK), Buffer.allocUnsafeSlow(LARGE_CHUNK)];
    },
    giveBack(pair) {
      // Not kept: a write that failed may still read from them.
      if (pair !== null) inUse -= 1;
      return null;
    },
  };
}
