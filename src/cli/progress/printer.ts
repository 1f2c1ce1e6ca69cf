import stringWidth from 'string-width';
import type { DownloadEvent } from '../download/events.js';
import { cutTo } from '../terminal/cut-to.js';
import { toJsonLine } from '../terminal/safe-text.js';
import { safeText } from '../../domain/safe-text.js';
import { ProgressView, type Progress } from './progress-view.js';
import { createSentences, figuresOf } from './sentences.js';

/** Tells a person or a program what happens during downloads. */
export interface Printer {
  readonly onEvent: (event: DownloadEvent) => void;
  /** Leaves the place clean for what is printed next, also after a failure. */
  readonly close: () => void;
}

export interface PrinterOptions {
  /** `bar` for a terminal, `lines` for a file or a pipe, `json` for a program. */
  readonly mode: 'bar' | 'lines' | 'json' | 'quiet';
  readonly write: (text: string) => void;
  /** Width of the terminal; asked for each time, it may change. */
  readonly columns: () => number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Milliseconds between two updates: a bar is to look alive, a log to stay short. */
const INTERVAL_MS = { bar: 100, lines: 30_000, json: 1000 } as const;
/** Control sequences of ECMA-48: to the first column, and erase to the end of the line. */
const ERASE_LINE = '\r\u001b[K';
const LONGEST_BAR = 30;
const SHORTEST_BAR = 10;
const LONGEST_LABEL = 40;

/** The printer of a mode. */
export function createPrinter(options: PrinterOptions): Printer {
  switch (options.mode) {
    case 'bar':
      return createBarPrinter(options);
    case 'lines':
      return createLinePrinter(options);
    case 'json':
      return createJsonPrinter(options);
    case 'quiet':
      return { onEvent: () => undefined, close: () => undefined };
  }
}

/** One line that is drawn over and over, with what there is to say above it. */
function createBarPrinter({ write, columns, now }: PrinterOptions): Printer {
  const view = new ProgressView(now);
  const sentenceOf = createSentences();
  let drawnAt = -Infinity;
  let isDrawn = false;

  function erase(): void {
    if (isDrawn) write(ERASE_LINE);
    isDrawn = false;
  }

  function draw(): void {
    const { progress } = view;
    if (progress === null) return;
    write(`${ERASE_LINE}${barLine(progress, columns() - 1)}`);
    isDrawn = true;
    drawnAt = now();
  }

  return {
    onEvent: (event) => {
      view.follow(event);
      const sentence = sentenceOf(event);
      if (sentence !== null) {
        erase();
        write(`${sentence}\n`);
        draw();
      } else if (now() - drawnAt >= INTERVAL_MS.bar) draw();
    },
    close: erase,
  };
}

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

/** For a log: what there is to say, and every 30 s how far it is. */
function createLinePrinter({ write, now }: PrinterOptions): Printer {
  const view = new ProgressView(now);
  const sentenceOf = createSentences();
  let printedAt = now();
  return {
    onEvent: (event) => {
      view.follow(event);
      const sentence = sentenceOf(event);
      if (sentence !== null) write(`${sentence}\n`);
      const { progress } = view;
      if (progress === null || now() - printedAt < INTERVAL_MS.lines) return;
      printedAt = now();
      write(`${safeText(progress.label)}: ${figuresOf(progress)}\n`);
    },
    close: () => undefined,
  };
}

/** One JSON object a line for each event, with `event` for its kind; how far each file is once a second. */
function createJsonPrinter({ write, now }: PrinterOptions): Printer {
  const view = new ProgressView(now);
  const printedAt = new Map<string, number>();
  return {
    onEvent: (event) => {
      view.follow(event);
      const { kind, ...fields } = event;
      if (event.kind !== 'progress' && event.kind !== 'checking') {
        write(toJsonLine({ event: kind, ...fields }));
        return;
      }
      const progress = view.of(event.file);
      const isLast = event.bytes === event.sizeBytes;
      const age = now() - (printedAt.get(event.file) ?? -Infinity);
      if (progress === null || (!isLast && age < INTERVAL_MS.json)) return;
      printedAt.set(event.file, now());
      const { percent, bytesPerSecond, secondsLeft, stalled } = progress;
      write(toJsonLine({ event: kind, ...fields, percent, bytesPerSecond, secondsLeft, stalled }));
    },
    close: () => undefined,
  };
}
