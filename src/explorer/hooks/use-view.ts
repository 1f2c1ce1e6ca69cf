import { useCallback, useEffect, useState } from 'react';
import { formatView, parseView, type View } from '../view/view.js';

export interface ViewControl {
  readonly view: View;
  /** Changes the view and adds a history entry, so the browser's Back button returns. */
  readonly show: (change: Partial<View>) => void;
}

/**
 * Shows another region or instance.
 * @param isDone whether the choice is complete, so the focus moves on to the list
 */
export type GoTo = (regionId: string, instanceId: string | null, isDone: boolean) => void;

/** Keeps the view in the URL fragment, so it can be shared. */
export function useView(): ViewControl {
  const [view, setView] = useState(() => parseView(location.hash));
  useEffect(() => {
    const follow = (): void => {
      setView(parseView(location.hash));
    };
    addEventListener('popstate', follow);
    return () => {
      removeEventListener('popstate', follow);
    };
  }, []);
  const show = useCallback((change: Partial<View>) => {
    const next = { ...parseView(location.hash), ...change };
    history.pushState(null, '', formatView(next));
    setView(next);
  }, []);
  return { view, show };
}
