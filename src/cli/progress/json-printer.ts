import { toJsonLine } from '../terminal/safe-text.js';
import type { Printer, PrinterOptions } from './printer.js';
import { ProgressView } from './progress-view.js';

const INTERVAL_MS = 1000;

/** One JSON object a line for each event, with `event` for its kind; how far it is once a second. */
export function createJsonPrinter({ write, now }: Pick<PrinterOptions, 'write' | 'now'>): Printer {
  const view = new ProgressView(now);
  let printedAt = -Infinity;
  return {
    onEvent: (event) => {
      view.follow(event);
      const { kind, ...fields } = event;
      if (event.kind !== 'progress' && event.kind !== 'checking') {
        write(toJsonLine({ event: kind, ...fields }));
        return;
      }
      const { progress } = view;
      const isLast = event.bytes === event.sizeBytes;
      if (progress === null || (!isLast && now() - printedAt < INTERVAL_MS)) return;
      printedAt = now();
      const { percent, bytesPerSecond, secondsLeft, stalled } = progress;
      write(toJsonLine({ event: kind, ...fields, percent, bytesPerSecond, secondsLeft, stalled }));
    },
    close: () => undefined,
  };
}
