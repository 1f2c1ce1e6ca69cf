import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import { type Download, isAtStake } from '../downloads/tray.js';
import { formatCountdown, formatSize } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useDownloads, useTray } from '../hooks/tray.js';
import type { Dictionary } from '../i18n/dictionary.js';
import { useWords } from '../i18n/language-context.js';
import { Button } from './controls.js';
import { joined } from './parts.js';

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
  const unfinished = downloads.filter(({ state }) => state.kind !== 'saved');
  const listed = isLong ? unfinished : [...unfinished, ...saved];
  return (
    <section className="tray card" aria-labelledby="tray-title">
      <div className="tray-head row spread">
        <h2 id="tray-title">{words.downloads}</h2>
        {downloads.some(isAtStake) && <p className="hint">{words.keepOpen}</p>}
        {saved.length > 1 && (
          <Button look="small" onPress={() => tray.removeSaved()}>
            {words.dismissSaved}
          </Button>
        )}
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
  const announceChange = useEffectEvent(({ id, fileName, state: { kind } }: Download) => {
    const name = safeText(fileName);
    if (announced.current.get(id) === kind) return;
    const isFirst = !announced.current.has(id);
    announced.current.set(id, kind);
    if (kind === 'saved') announce(words.saved(name));
    else if (kind === 'stopped') announce(words.stopped(name));
    else if (isFirst) announce(words.downloadStarted(name));
  });
  useEffect(() => downloads.forEach((download) => announceChange(download)), [downloads]);
}

/** One download: its progress and its actions. */
function DownloadItem({ download }: { readonly download: Download }) {
  const words = useWords();
  const { received, total, state } = download;
  const fileName = safeText(download.fileName);
  return (
    <div className={`tray-item ${state.kind}`}>
      <strong className="download-name">{fileName}</strong>
      <p className="download-state">{stateText(download, words)}</p>
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

function stateText({ received, total, state }: Download, words: Dictionary): string {
  const size = (bytes: number): string => formatSize(bytes, words.locale);
  if (state.kind === 'saved') return joined(words.savedShort, size(received));
  const { isWaiting, rate } = state.kind === 'running' ? state : { isWaiting: false, rate: null };
  return joined(
    total === null ? size(received) : words.progress(size(received), size(total)),
    total !== null && total > 0 && `${Math.floor((received / total) * 100)}%`,
    state.kind === 'paused' && words.paused,
    isWaiting && words.reconnecting,
    rate !== null && words.rate(size(rate)),
    rate !== null &&
      rate > 0 &&
      total !== null &&
      words.timeLeft(formatCountdown(Math.ceil((total - received) / rate))),
  );
}

function Actions({ download }: { readonly download: Download }) {
  const words = useWords();
  const tray = useTray();
  const [isSure, setIsSure] = useState(true);
  const { id, state } = download;
  const action = (label: string, act: () => void) => (
    <Button
      look="small"
      aria-label={words.actionLabel(label, safeText(download.fileName))}
      onPress={act}
    >
      {label}
    </Button>
  );
  if (!isSure && isAtStake(download)) {
    return (
      <div className="buttons" role="group" aria-label={words.cancelSure}>
        <span>{words.cancelSure}</span>
        {action(words.discard, () => tray.remove(id))}
        {action(words.keep, () => setIsSure(true))}
      </div>
    );
  }
  const resume = (label: string) => action(label, () => tray.resume(id));
  return (
    <div className="buttons">
      {state.kind === 'running' && action(words.pause, () => tray.pause(id))}
      {state.kind === 'paused' && resume(words.resume)}
      {state.kind === 'stopped' &&
        state.why !== 'missing' &&
        state.why !== 'encoded' &&
        resume(state.resumes ? words.resume : words.startOver)}
      {isAtStake(download)
        ? action(words.cancel, () => setIsSure(false))
        : action(words.dismiss, () => tray.remove(id))}
    </div>
  );
}
