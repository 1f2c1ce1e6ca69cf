import { safeText } from '../terminal/safe-text.js';
import type { Printer, PrinterOptions } from './printer.js';
import { ProgressView } from './progress-view.js';
import { figuresOf, sentenceOf } from './sentences.js';

const INTERVAL_MS = 30_000;

/** For a log: what there is to say, and every 30 s how far it is. */
export function createLinePrinter({ write, now }: Pick<PrinterOptions, 'write' | 'now'>): Printer {
  const view = new ProgressView(now);
  let printedAt = now();
  return {
    onEvent: (event) => {
      view.follow(event);
      const sentence = sentenceOf(event);
      if (sentence !== null) write(`${sentence}\n`);
      const { progress } = view;
      if (progress === null || now() - printedAt < INTERVAL_MS) return;
      printedAt = now();
      write(`${safeText(progress.file)}: ${figuresOf(progress)}\n`);
    },
    close: () => undefined,
  };
}
