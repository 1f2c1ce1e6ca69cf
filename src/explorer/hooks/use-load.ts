import { useCallback, useEffect, useEffectEvent, useState } from 'react';

export interface Loading<Value> {
  /** The last value loaded; null before the first. */
  readonly value: Value | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** Loads when the key changes and on `reload`; aborts a load that a newer one replaces. */
export function useLoad<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
): Loading<Value> {
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<{ readonly of: string; readonly value: Value } | null>(null);
  const wanted = `${key} ${attempt}`;
  const onLoad = useEffectEvent(load);
  useEffect(() => {
    const controller = new AbortController();
    void onLoad(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setLoaded({ of: wanted, value });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) throw error;
      },
    );
    return () => controller.abort();
  }, [wanted]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { value: loaded?.value ?? null, isLoading: loaded?.of !== wanted, reload };
}
