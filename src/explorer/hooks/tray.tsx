import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react';
import { type Download, isAtStake, type Tray } from '../downloads/tray.js';

const TrayContext = createContext<Tray | null>(null);

/** Keeps the downloads of the page, and asks before the page is left while one would be lost. */
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
    const ask = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => {
      removeEventListener('beforeunload', ask);
    };
  }, [isBusy]);
  return <TrayContext value={tray}>{children}</TrayContext>;
}

export function useTray(): Tray {
  const tray = useContext(TrayContext);
  if (tray === null) throw new Error('There is no tray around this component.');
  return tray;
}

export function useDownloads(): readonly Download[] {
  const { subscribe, list } = useTray();
  return useSyncExternalStore(subscribe, list);
}
