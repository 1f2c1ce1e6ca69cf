import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import { type Download, isAtStake } from '../downloads/tray.js';
import { formatCountdown, formatSize } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useDownloads, useTray } from '../hooks/tray.js';
import { useWords } from '../i18n/language-context.js';

/** Finished downloads listed one by one; more are counted. */
const MAX_SAVED = 5;

/** The page's downloads, shown at the bottom of every view. */
export function DownloadTray() {
  const words = useWords();
  const downloads = useDownloads();
  const tray = useTray();
  useNews(downloads);
  if (downloads.length === 0) return null;
  const saved = downloads.filter(({ state }) => state.kind === 'saved');
  const isLong = saved.length > MAX_SAVED;
  const listed = isLong ? downloads.filter(({ state }) => state.kind !== 'saved') : downloads;
  return (
    <section className="tray card" aria-labelledby="tray-title">
      <div className="tray-head">
        <h2 id="tray-title">{words.downloads}</h2>
        {downloads.some(isAtStake) && <p className="hint">{words.keepOpen}</p>}
      </div>
      <ul>
        {listed.map((download) => (
          <li key={download.id}>
            <DownloadItem download={download} />
          </li>
        ))}
      </ul>
      {isLong && (
        <div className="tray-item saved">
          <p className="download-state">{words.savedCount(saved.length)}</p>
          <div className="buttons">
            <button
              type="button"
              className="button small"
              onClick={() => {
                tray.removeSaved();
              }}
            >
              {words.dismiss}
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

/** Announces to screen readers when a download starts, finishes or stops. */
function useNews(downloads: readonly Download[]): void {
  const words = useWords();
  const announce = useAnnounce();
  const announced = useRef(new Map<number, string>());
  const announceChange = useEffectEvent(({ id, fileName: name, state: { kind } }: Download) => {
    const fileName = safeText(name);
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

/** One download: its progress and its actions. */
function DownloadItem({ download }: { readonly download: Download }) {
  const words = useWords();
  const { received, total, state } = download;
  const fileName = safeText(download.fileName);
  return (
    <div className={`tray-item ${state.kind}`}>
      <strong className="download-name">{fileName}</strong>
      <p className="download-state">{useStateText(download)}</p>
      <Actions download={download} />
      {state.kind !== 'saved' && (
        <progress
          aria-label={fileName}
          max={total ?? undefined}
          value={total === null ? undefined : received}
        />
      )}
      {state.kind === 'stopped' && (
        <p className="download-why notice bad">{words.stopReasons[state.why]}</p>
      )}
    </div>
  );
}

function useStateText({ received, total, state }: Download): string {
  const words = useWords();
  const size = (bytes: number): string => formatSize(bytes, words.locale);
  if (state.kind === 'saved') return `${words.savedShort} · ${size(received)}`;
  const parts = [
    total === null ? size(received) : words.progress(size(received), size(total)),
    total === null || total === 0 ? null : `${Math.floor((received / total) * 100)}%`,
  ];
  if (state.kind === 'paused') parts.push(words.paused);
  if (state.kind === 'running') {
    const left = secondsLeft(received, total, state.rate);
    parts.push(
      state.isWaiting ? words.reconnecting : null,
      state.rate === null ? null : words.rate(size(state.rate)),
      left === null ? null : words.timeLeft(formatCountdown(left)),
    );
  }
  return parts.filter(Boolean).join(' · ');
}

function Actions({ download }: { readonly download: Download }) {
  const words = useWords();
  const tray = useTray();
  const [isSure, setIsSure] = useState(true);
  const { id, state } = download;
  const fileName = safeText(download.fileName);
  const action = (label: string, act: () => void) => (
    <button
      type="button"
      className="button small"
      aria-label={words.actionLabel(label, fileName)}
      onClick={act}
    >
      {label}
    </button>
  );
  const remove = (): void => {
    tray.remove(id);
  };
  if (!isSure && isAtStake(download)) {
    return (
      <div className="buttons" role="group" aria-label={words.cancelSure}>
        <span>{words.cancelSure}</span>
        {action(words.discard, remove)}
        {action(words.keep, () => {
          setIsSure(true);
        })}
      </div>
    );
  }
  const cancel = action(words.cancel, () => {
    setIsSure(false);
  });
  const resume = (label: string) =>
    action(label, () => {
      tray.resume(id);
    });
  switch (state.kind) {
    case 'running':
      return (
        <div className="buttons">
          {action(words.pause, () => {
            tray.pause(id);
          })}
          {cancel}
        </div>
      );
    case 'paused':
      return (
        <div className="buttons">
          {resume(words.resume)}
          {cancel}
        </div>
      );
    case 'stopped':
      return (
        <div className="buttons">
          {state.why !== 'missing' &&
            state.why !== 'encoded' &&
            resume(state.resumes ? words.resume : words.startOver)}
          {state.resumes ? cancel : action(words.dismiss, remove)}
        </div>
      );
    case 'saved':
      return <div className="buttons">{action(words.dismiss, remove)}</div>;
  }
}

/** Estimated seconds left; null if unknown. */
function secondsLeft(received: number, total: number | null, rate: number | null): number | null {
  return total === null || rate === null || rate <= 0 ? null : Math.ceil((total - received) / rate);
}
