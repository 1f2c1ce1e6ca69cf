import { useCallback, useEffect, useState } from 'react';
import { formatView, PAGE_SIZES, parseView, type View } from '../view/view.js';
import { prefer, preferenceOf } from './use-preference.js';

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
  const [view, setView] = useState(readView);
  useEffect(() => {
    const follow = (): void => setView(readView());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const show = useCallback((change: Partial<View>) => {
    if (change.pageSize !== undefined) prefer({ pageSize: change.pageSize });
    const next = { ...readView(), ...change };
    history.pushState(null, '', formatView(next));
    setView(next);
  }, []);
  return { view, show };
}

function readView(): View {
  return parseView(location.hash, preferenceOf('pageSize', PAGE_SIZES) ?? undefined);
}
