import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react';
import { type Download, isAtStake, type Tray } from '../downloads/tray.js';

const TrayContext = createContext<Tray | null>(null);

/** Holds the page's downloads, and warns before leaving the page would lose one. */
export function TrayProvider({
  tray,
  children,
}: {
  readonly tray: Tray;
  readonly children: ReactNode;
}) {
  const isBusy = useSyncExternalStore(tray.subscribe, () => tray.list().some(isAtStake));
  useEffect(() => {
    if (!isBusy) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isBusy]);
  return <TrayContext value={tray}>{children}</TrayContext>;
}

export function useTray(): Tray {
  const tray = useContext(TrayContext);
  if (tray === null) throw new Error('useTray must be used inside TrayProvider.');
  return tray;
}

export function useDownloads(): readonly Download[] {
  const { subscribe, list } = useTray();
  return useSyncExternalStore(subscribe, list);
}
