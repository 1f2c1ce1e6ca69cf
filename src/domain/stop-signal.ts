/**
 * What is used here of an AbortSignal, which is one too. Each upstream call has signals of its own; those
 * of the platform are event targets, and take ten times as long to make and to listen to.
 */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Why work for a request is stopped: nobody waits for what it would give. That is no fault of the server. */
export class NobodyWaitsError extends Error {
  override readonly name = 'NobodyWaitsError';
}

export interface StopController {
  readonly signal: StopSignal;
  /** Tells all listeners, once. */
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

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as that aborts.
 * @param onAbort called before it rejects, to drop the work
 */
export function orAborted<Result>(
  work: Promise<Result>,
  signal: StopSignal | undefined,
  onAbort?: () => void,
): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      onAbort?.();
      // The reason is an Error of ours, or whatever the caller chose to abort with.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
