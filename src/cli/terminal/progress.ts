import stringWidth from 'string-width';
import { RateMeter, type Rate } from '../../domain/rate-meter.js';
import { safeText } from '../../domain/safe-text.js';
import type { Terminal } from '../command.js';
import { cutTo, formatDuration, formatSize } from './text.js';

/** How far it is, as it is shown. Each number is finite, or null where it is not known. */
export interface Progress extends Rate {
  readonly phase: 'moving' | 'checking';
  /** The file, or how many of several files are done. */
  readonly label: string;
  readonly bytes: number;
  readonly sizeBytes: number | null;
  /** 0 to 100 with one decimal; falls only when a file starts over. */
  readonly percent: number | null;
  readonly secondsLeft: number | null;
}

/** Longer times are no forecast. */
const LONGEST_LEFT_S = 100 * 86_400;

/** Follows a count of bytes on its way to a size. */
export class Course {
  readonly #meter = new RateMeter();
  #highest = 0;

  constructor(
    readonly phase: Progress['phase'],
    public bytes: number,
    public sizeBytes: number | null,
    at: number,
  ) {
    this.#meter.restart(bytes, at);
  }

  go(bytes: number, sizeBytes: number | null, at: number): void {
    this.bytes = bytes;
    this.sizeBytes = sizeBytes;
    this.#meter.add(bytes, at);
  }

  show(label: string, at: number): Progress {
    const { phase, bytes, sizeBytes } = this;
    const rate = this.#meter.rate(at);
    const secondsLeft = this.#secondsLeft(rate.bytesPerSecond);
    return { ...rate, phase, label, bytes, sizeBytes, percent: this.#percent(), secondsLeft };
  }

  #percent(): number | null {
    if (this.sizeBytes === null) return null;
    const part = this.sizeBytes === 0 ? 1 : this.bytes / this.sizeBytes;
    // Down, so that 100 means all.
    this.#highest = Math.max(this.#highest, Math.min(100, Math.floor(part * 1000) / 10));
    return this.#highest;
  }

  #secondsLeft(bytesPerSecond: number | null): number | null {
    if (this.sizeBytes === null || bytesPerSecond === null || bytesPerSecond <= 0) return null;
    const seconds = Math.ceil(Math.max(0, this.sizeBytes - this.bytes) / bytesPerSecond);
    return seconds > LONGEST_LEFT_S ? null : seconds;
  }
}

/** How far it is, as `41.3 %, 1.24 GiB of 3.00 GiB, 24.1 MiB/s, 1 min 12 s left`. */
function figuresOf(progress: Progress): string {
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

const LONGEST_BAR = 30;
const SHORTEST_BAR = 10;
const LONGEST_LABEL = 40;

/** Never wider than `width`: what wraps cannot be drawn over. */
export function barLine(progress: Progress, width: number): string {
  const figures = figuresOf(progress);
  const forLabel = Math.min(LONGEST_LABEL, Math.max(0, width - stringWidth(figures) - 2));
  const label = cutTo(safeText(progress.label), forLabel);
  const start = label === '' ? '' : `${label}  `;
  const left = Math.min(LONGEST_BAR, width - stringWidth(start + figures) - 4);
  if (progress.percent === null || left < SHORTEST_BAR) return cutTo(start + figures, width);
  const filled = Math.floor((left * progress.percent) / 100);
  return `${start}[${'='.repeat(filled)}${' '.repeat(left - filled)}]  ${figures}`;
}

/** Milliseconds between two updates: often on a terminal, rarely in a log. */
const INTERVAL_MS = { terminal: 100, log: 30_000 } as const;
/** Control sequences of ECMA-48: to the first column, and erase to the end of the line. */
const ERASE_LINE = '\r\u001b[K';

/** Shows how far it is: one line that is drawn over and over on a terminal, a line now and then elsewhere. */
export interface ProgressLine {
  readonly show: (progress: Progress) => void;
  /** Says a sentence, above the line. */
  readonly say: (sentence: string) => void;
  /** Leaves the place clean for what is printed next, also after a failure. */
  readonly end: () => void;
}

/** @param now milliseconds */
export function createProgressLine(
  { write, columns, isTerminal }: Terminal,
  now: () => number,
): ProgressLine {
  let shownAt = isTerminal ? -Infinity : now();
  let isDrawn = false;
  const end = (): void => {
    if (isDrawn) write(ERASE_LINE);
    isDrawn = false;
  };
  return {
    show(progress) {
      if (now() - shownAt < (isTerminal ? INTERVAL_MS.terminal : INTERVAL_MS.log)) return;
      shownAt = now();
      isDrawn = isTerminal;
      const label = progress.label === '' ? '' : `${safeText(progress.label)}: `;
      if (isTerminal) write(`${ERASE_LINE}${barLine(progress, columns() - 1)}`);
      else write(`${label}${figuresOf(progress)}\n`);
    },
    say(sentence) {
      end();
      write(`${safeText(sentence)}\n`);
      if (isTerminal) shownAt = -Infinity;
    },
    end,
  };
}
