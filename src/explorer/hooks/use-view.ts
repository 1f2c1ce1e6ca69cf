import { useCallback, useEffect, useState } from 'react';
import { formatView, parseView, type View } from '../view/view.js';

export interface ViewControl {
  readonly view: View;
  /** Shows another view; `back` of the browser returns. */
  readonly show: (change: Partial<View>) => void;
}

/**
 * Shows another place.
 * @param isDone whether the person is through with choosing, so that the focus may go on to the list
 */
export type GoTo = (regionId: string, instanceId: string | null, isDone: boolean) => void;

/** The view in the fragment of the address, so that it can be shared. */
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
