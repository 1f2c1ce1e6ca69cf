import { useEffect, useEffectEvent, useState } from 'react';

/** Calls at intervals while `isOn`. */
function useInterval(isOn: boolean, ms: number, act: () => void): void {
  const onTick = useEffectEvent(act);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => onTick(), ms);
    return () => clearInterval(timer);
  }, [isOn, ms]);
}

/** The local time in milliseconds, updated every second while `isRunning`. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useInterval(isRunning, 1000, () => setNow(Date.now()));
  return now;
}

/** Refreshes every 20 seconds while `isOn` and the page is visible. */
export function useRefresh(isOn: boolean, refresh: () => void): void {
  useInterval(isOn, 20_000, () => {
    if (document.visibilityState === 'visible') refresh();
  });
}
