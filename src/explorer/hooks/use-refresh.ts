import { useEffect, useEffectEvent } from 'react';

const REFRESH_MS = 20_000;

/** Refreshes at intervals while `isOn` and the page is visible. */
export function useRefresh(isOn: boolean, refresh: () => void): void {
  const onTick = useEffectEvent(() => {
    if (document.visibilityState === 'visible') refresh();
  });
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(onTick, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isOn]);
}
