import { useEffect, useEffectEvent, useRef } from 'react';
import { type Download, isAtStake } from '../../downloads/tray.js';
import { useAnnounce } from '../../hooks/announcer.js';
import { useDownloads } from '../../hooks/tray.js';
import { useWords } from '../../i18n/language-context.js';
import { DownloadItem } from './download-item.js';

/** The page's downloads, shown at the bottom of every view. */
export function DownloadTray() {
  const words = useWords();
  const downloads = useDownloads();
  useNews(downloads);
  if (downloads.length === 0) return null;
  return (
    <section className="tray card" aria-labelledby="tray-title">
      <div className="tray-head">
        <h2 id="tray-title">{words.downloads}</h2>
        {downloads.some(isAtStake) && <p className="hint">{words.keepOpen}</p>}
      </div>
      <ul>
        {downloads.map((download) => (
          <li key={download.id}>
            <DownloadItem download={download} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Announces to screen readers when a download starts, finishes or stops. */
function useNews(downloads: readonly Download[]): void {
  const words = useWords();
  const announce = useAnnounce();
  const announced = useRef(new Map<number, string>());
  const announceChange = useEffectEvent(({ id, fileName, state: { kind } }: Download) => {
    if (announced.current.get(id) === kind) return;
    const isFirst = !announced.current.has(id);
    announced.current.set(id, kind);
    if (kind === 'saved') announce(words.saved(fileName));
    else if (kind === 'stopped') announce(words.stopped(fileName));
    else if (isFirst) announce(words.downloadStarted(fileName));
  });
  useEffect(() => {
    downloads.forEach(announceChange);
  }, [downloads]);
}
