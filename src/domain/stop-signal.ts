/**
 * What is used here of an AbortSignal, which is one too. Each upstream call has signals of its own; those
 * of the platform are event targets, which take longer to make than a call takes to sign.
 */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface StopController {
  readonly signal: StopSignal;
  /** Tells all listeners, once. */
  abort(reason: unknown): void;
}

export function createStopController(): StopController {
  const listeners = new Set<() => void>();
  const state = { aborted: false, reason: undefined as unknown };
  return {
    signal: {
      get aborted() {
        return state.aborted;
      },
      get reason() {
        return state.reason;
      },
      throwIfAborted: () => {
        if (state.aborted) throw state.reason;
      },
      addEventListener: (_type, listener) => void listeners.add(listener),
      removeEventListener: (_type, listener) => void listeners.delete(listener),
    },
    abort: (reason) => {
      if (state.aborted) return;
      state.aborted = true;
      state.reason = reason;
      for (const listener of listeners) listener();
      listeners.clear();
    },
  };
}
