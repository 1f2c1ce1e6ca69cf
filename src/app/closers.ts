/** Closes one component. @param remainingMs milliseconds left of the grace period */
export type Close = (remainingMs: number) => Promise<void>;

/** Started components, closed in reverse order. */
export interface Closers {
  /** @param name identifies the component in errors */
  add(close: Close, name?: string): void;
  /**
   * Closes all components, even if closing some of them fails or hangs.
   * @param graceMs milliseconds for all components together; each gets at least 300
   * @throws Error the first failure; an AggregateError with its message if there are several
   */
  closeAll(graceMs: number): Promise<void>;
}

/** Minimum milliseconds to close a component after the grace period. */
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

/** The individual failures behind an error thrown by `closeAll`. */
export function faultsOf(fault: unknown): readonly unknown[] {
  return fault instanceof AggregateError ? (fault.errors as unknown[]) : [fault];
}

function throwFirst(faults: readonly unknown[]): void {
  if (faults.length === 0) return;
  const [first] = faults;
  if (faults.length === 1) throw first;
  throw new AggregateError(faults, first instanceof Error ? first.message : 'several faults');
}
