/** Closes one thing; has this many milliseconds of the grace period left. */
export type Close = (remainingMs: number) => Promise<void>;

/** What has been started, to be closed in the reverse order. */
export interface Closers {
  /** @param name for the error that tells of one that does not end */
  add(close: Close, name?: string): void;
  /**
   * Closes everything, also where closing some of it fails or does not end.
   * @param graceMs what all of them have together, in milliseconds; each has at least 300
   * @throws Error the first fault; where there are several, an AggregateError with its message
   */
  closeAll(graceMs: number): Promise<void>;
}

/** What is closed when the grace period is used up still needs a moment, in milliseconds. */
const LEAST_MS = 300;

export function createClosers(): Closers {
  const started: { readonly close: Close; readonly name: string }[] = [];
  return {
    add: (close, name = 'one part') => void started.push({ close, name }),
    async closeAll(graceMs) {
      const end = performance.now() + graceMs;
      const faults: unknown[] = [];
      for (let last = started.pop(); last; last = started.pop()) {
        const remainingMs = Math.max(0, end - performance.now());
        try {
          await within(remainingMs + LEAST_MS, last.close(remainingMs), last.name);
        } catch (fault) {
          faults.push(fault);
        }
      }
      throwFirst(faults);
    },
  };
}

async function within(ms: number, closing: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${name} did not close in time`));
    }, ms);
  });
  try {
    await Promise.race([closing, end]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a fault of `closeAll` tells of, one by one. */
export function faultsOf(fault: unknown): readonly unknown[] {
  return fault instanceof AggregateError ? (fault.errors as unknown[]) : [fault];
}

function throwFirst(faults: readonly unknown[]): void {
  if (faults.length === 0) return;
  const [first] = faults;
  if (faults.length === 1) throw first;
  throw new AggregateError(faults, first instanceof Error ? first.message : 'several faults');
}
