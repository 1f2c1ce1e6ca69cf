/** Bytes of one write: fewer calls, without copying the pieces together. */
const BATCH = 1024 * 1024;
/** Bytes under way at most, for each range: what memory is bounded by. */
const MOST_UNDER_WAY = 4 * BATCH;
/** Longest time that pieces of a slow line wait for others. */
const LINGER_MS = 100;

export interface BatchWriter {
  /** @returns a promise where no more may come for now; it fails with what a write failed with */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Writes what is left. @throws what a write failed with */
  readonly finish: () => Promise<void>;
}

/**
 * Collects pieces and writes them together, while the next ones come.
 * @param write writes them at the place that follows the one before; called one after the other
 * @param giveBack gets each piece once it is written
 */
export function createBatchWriter(
  write: (chunks: readonly Buffer[]) => Promise<void>,
  giveBack: (chunk: Buffer) => void,
): BatchWriter {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let underWay = 0;
  let running: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;
  let timer: NodeJS.Timeout | null = null;

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return running;
    const chunks = waiting;
    const bytes = waitingBytes;
    waiting = [];
    waitingBytes = 0;
    running = running
      .then(async () => {
        if (failure !== null) return;
        await write(chunks);
        chunks.forEach(giveBack);
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        underWay -= bytes;
      });
    return running;
  }

  async function drained(): Promise<void> {
    while (underWay >= MOST_UNDER_WAY && failure === null) await flush();
    if (failure !== null) throw failure.error;
  }

  return {
    push: (chunk) => {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      underWay += chunk.length;
      if (waitingBytes >= BATCH) void flush();
      else timer ??= setTimeout(() => void flush(), LINGER_MS);
      return underWay >= MOST_UNDER_WAY || failure !== null ? drained() : undefined;
    },
    finish: async () => {
      await flush();
      if (failure !== null) throw failure.error;
    },
  };
}
