/**
 * The subset of AbortSignal used here. Each upstream call has its own signals; native ones are
 * event targets and take ten times as long to create and listen to.
 */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Reason for stopping work whose result nobody is waiting for. Not a server fault. */
export class NobodyWaitsError extends Error {
  override readonly name = 'NobodyWaitsError';
}

export interface StopController {
  readonly signal: StopSignal;
  /** Notifies all listeners, once. */
  readonly abort: (reason: unknown) => void;
}

export function createStopController(): StopController {
  const signal = new ListeningSignal();
  return {
    signal,
    abort: (reason) => {
      signal.abort(reason);
    },
  };
}

class ListeningSignal implements StopSignal {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners = new Set<() => void>();

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Settles like `work`, or rejects with the signal's reason once it aborts. */
export function orAborted<Result>(
  work: Promise<Result>,
  signal: StopSignal | undefined,
  onAbort?: () => void,
): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      onAbort?.();
      // The reason is one of our errors or chosen by the caller.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    work.then(
      (result) => {
        signal.removeEventListener('abort', abort);
        resolve(result);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(error);
      },
    );
  });
}
