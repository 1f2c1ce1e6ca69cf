import { useState } from 'react';
import { secondsLeft } from '../../downloads/rate.js';
import { type Download, isAtStake } from '../../downloads/tray.js';
import { formatCountdown } from '../../format/countdown.js';
import { formatSize } from '../../format/size.js';
import { useTray } from '../../hooks/tray.js';
import { useWords } from '../../i18n/language-context.js';

/** One download: its progress and its actions. */
export function DownloadItem({ download }: { readonly download: Download }) {
  const words = useWords();
  const { fileName, received, total, state } = download;
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
  const { id, fileName, state } = download;
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
