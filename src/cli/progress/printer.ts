import type { DownloadEvent } from '../download/events.js';

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
