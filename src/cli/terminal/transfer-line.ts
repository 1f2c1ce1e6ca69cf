import type { Progress } from '../../embedded/admin/own-store.js';
import { formatDuration, formatSize } from './format.js';

export interface TransferLineOptions {
  readonly write: (text: string) => void;
  /** One line that changes, in place of one line a minute. */
  readonly isTerminal: boolean;
  /** Milliseconds, by a clock that never goes back. */
  readonly now: () => number;
}

/** Tells how far a transfer is, how fast, and how long it will take. */
export interface TransferLine {
  readonly onProgress: (progress: Progress) => void;
  /** Ends the line that changes. */
  readonly end: () => void;
}

/** What had been transferred at a time, in bytes. */
interface Sample {
  readonly at: number;
  readonly moved: number;
  readonly kept: number;
}

/** Milliseconds between two lines. */
const PAUSE = { terminal: 200, elsewhere: 60_000 } as const;
/** Milliseconds the rate is measured over. */
const WINDOW = 10_000;
const ERASE_LINE = '\r\u001b[K';

export function createTransferLine({ write, isTerminal, now }: TransferLineOptions): TransferLine {
  const pause = isTerminal ? PAUSE.terminal : PAUSE.elsewhere;
  let printedAt = now();
  let isOpen = false;
  const samples: Sample[] = [{ at: now(), moved: 0, kept: 0 }];

  function textOf({ done, total, kept }: Progress): string {
    const moved = done - kept;
    const first = samples[0] ?? { at: now(), moved: 0, kept: 0 };
    const seconds = (now() - first.at) / 1000;
    const rate = seconds > 0 ? (moved - first.moved) / seconds : 0;
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    const size = `${formatSize(done)} of ${formatSize(total)}`;
    // What an earlier run has stored is read here, and not sent.
    if (rate === 0 && kept > first.kept) return `${percent} %, ${size}, checking what is stored`;
    const left = rate > 0 ? `${formatDuration(Math.ceil((total - done) / rate))} left` : 'stalled';
    return `${percent} %, ${size}, ${formatSize(rate)}/s, ${left}`;
  }

  function sample({ done, kept }: Progress): void {
    const at = now();
    const last = samples.at(-1);
    // Of a part of the window each: a transfer tells thousands of times a second.
    if (last && at - last.at < WINDOW / 20) return;
    samples.push({ at, moved: done - kept, kept });
    while (samples[1] && at - samples[1].at >= WINDOW) samples.shift();
  }

  return {
    onProgress(progress) {
      sample(progress);
      if (now() - printedAt < pause) return;
      printedAt = now();
      const text = textOf(progress);
      write(isTerminal ? ERASE_LINE + text : `${text}\n`);
      isOpen = isTerminal;
    },
    end() {
      if (isOpen) write(ERASE_LINE);
      isOpen = false;
    },
  };
}
