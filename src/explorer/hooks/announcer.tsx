import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

type Announce = (text: string) => void;

const AnnouncerContext = createContext<Announce>(() => undefined);

/** Announces changes of the page to screen readers. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [news, setNews] = useState({ count: 0, text: '' });
  const announce = useCallback<Announce>((text) => {
    setNews(({ count }) => ({ count: count + 1, text }));
  }, []);
  return (
    <AnnouncerContext value={announce}>
      {children}
      <div role="status" className="visually-hidden">
        {/* A new node, so a repeated message is read again. */}
        <span key={news.count}>{news.text}</span>
      </div>
    </AnnouncerContext>
  );
}

export function useAnnounce(): Announce {
  return useContext(AnnouncerContext);
}
