import type { DownloadEvent, FileSummary, Totals } from '../download/events.js';
import { formatDuration, formatSize } from './text.js';

/** Of more files only failures and the total are reported. */
const MOST_NAMED = 10;

/**
 * The sentence for a person about an event; null for none.
 * @param files how many the run downloads
 */
export function sentenceOf(event: DownloadEvent, files: number): string | null {
  const named = (text: string): string =>
    files > 1 && 'file' in event && event.file !== null ? `${event.file}: ${text}` : text;
  switch (event.kind) {
    case 'file-started': {
      const { file, resumedBytes } = event;
      return resumedBytes > 0 ? `${file}: resuming at ${formatSize(resumedBytes)}` : null;
    }
    case 'link-renewed':
      return named('link renewed');
    case 'line-broke': {
      const seconds = Math.max(1, Math.round(event.retryInMs / 1000));
      return named(`connection lost (${event.reason}), retrying in ${seconds} s`);
    }
    case 'started-over':
      return named(`starting over: ${event.reason}`);
    case 'notice':
      return event.file === null ? event.message : `${event.file}: ${event.message}`;
    case 'file-failed':
      return `${event.file}: ${event.message}`;
    case 'file-done':
      return files > MOST_NAMED ? null : doneSentence(event);
    case 'summary':
      return totalsSentence(event);
    case 'started':
    case 'progress':
    case 'checking':
      return null;
  }
}

function doneSentence(summary: FileSummary): string {
  const { file, path, outcome, sizeBytes, sha256, verified } = summary;
  const what = path ?? file;
  if (outcome === 'already-there') {
    const how = verified ? `, SHA-256 ${sha256}, verified` : ' and time are the same';
    return `${what}: already there, ${formatSize(sizeBytes)}${how}`;
  }
  const check = verified
    ? `SHA-256 ${sha256}, verified`
    : `${sha256 === null ? '' : `SHA-256 ${sha256}, `}not verified: the service knows no SHA-256`;
  return `${what}: complete, ${formatSize(sizeBytes)} (${runOf(summary)}), ${check}`;
}

/** For example `300 files, 1.90 MiB, 297 verified, 3 without a checksum`. */
function totalsSentence(totals: Totals): string {
  const { files, sizeBytes, verified, withoutChecksum, failed } = totals;
  const counts = [
    `${files} files, ${formatSize(sizeBytes)} (${runOf(totals)})`,
    verified > 0 ? `${verified} verified` : null,
    withoutChecksum > 0 ? `${withoutChecksum} without a checksum` : null,
    failed > 0 ? `${failed} failed` : null,
  ];
  return counts.filter((part) => part !== null).join(', ');
}

function runOf({ runBytes, ms }: Pick<Totals, 'runBytes' | 'ms'>): string {
  const seconds = ms / 1000;
  const rate = seconds >= 0.1 ? `, ${formatSize(Math.round(runBytes / seconds))}/s` : '';
  const time =
    seconds < 9.95 ? `${Math.max(0.1, seconds).toFixed(1)} s` : formatDuration(Math.round(seconds));
  return `${formatSize(runBytes)} in this run in ${time}${rate}`;
}
