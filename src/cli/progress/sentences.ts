import type { DownloadEvent, FileSummary } from '../download/events.js';
import { formatDuration, formatSize } from '../terminal/format.js';
import { safeText } from '../terminal/safe-text.js';
import type { Progress } from './progress-view.js';

/** The sentence for a person about an event; null for none. Safe to show, without a line end. */
export function sentenceOf(event: DownloadEvent): string | null {
  switch (event.kind) {
    case 'file-started':
      return event.resumedBytes > 0
        ? safeText(`${event.file}: resuming at ${formatSize(event.resumedBytes)}`)
        : null;
    case 'link-renewed':
      return 'link renewed';
    case 'line-broke':
      return safeText(
        `connection lost (${event.reason}), retrying in ${inSeconds(event.retryInMs)}`,
      );
    case 'started-over':
      return safeText(`starting over: ${event.reason}`);
    case 'notice':
      return safeText(event.file === null ? event.message : `${event.file}: ${event.message}`);
    case 'file-done':
      return safeText(doneSentence(event));
    case 'file-failed':
      return safeText(`${event.file}: ${event.message}`);
    case 'started':
    case 'summary':
    case 'progress':
    case 'checking':
      return null;
  }
}

/** How far it is, as `41.3 %, 1.24 GiB of 3.00 GiB, 24.1 MiB/s, 1 min 12 s left`. */
export function figuresOf(progress: Progress): string {
  const { percent, bytes, sizeBytes, bytesPerSecond, stalled, secondsLeft } = progress;
  const size = sizeBytes === null ? '' : ` of ${formatSize(sizeBytes)}`;
  const rate = bytesPerSecond === null ? null : `${formatSize(bytesPerSecond)}/s`;
  return [
    progress.phase === 'checking' ? 'checking' : null,
    percent === null ? null : `${percent.toFixed(1)} %`,
    `${formatSize(bytes)}${size}`,
    stalled ? 'stalled' : rate,
    secondsLeft === null ? null : `${formatDuration(secondsLeft)} left`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function doneSentence({
  file,
  path,
  outcome,
  sizeBytes,
  runBytes,
  ms,
  sha256,
  verified,
}: FileSummary): string {
  const what = path ?? file;
  if (outcome === 'already-there') {
    return `${what}: already there, ${formatSize(sizeBytes)}${shaSentence(sha256, verified)}`;
  }
  const seconds = ms / 1000;
  const rate = seconds >= 0.1 ? `, ${formatSize(Math.round(runBytes / seconds))}/s` : '';
  const run = `${formatSize(runBytes)} in this run in ${formatDuration(Math.round(seconds))}${rate}`;
  return `${what}: complete, ${formatSize(sizeBytes)} (${run})${shaSentence(sha256, verified)}`;
}

function shaSentence(sha256: string | null, verified: boolean): string {
  if (sha256 === null) return '';
  return `, SHA-256 ${sha256}, ${verified ? 'verified' : 'not verified: the service knows none'}`;
}

function inSeconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}
