import { createBarPrinter } from './bar-printer.js';
import { createJsonPrinter } from './json-printer.js';
import { createLinePrinter } from './line-printer.js';
import type { Printer, PrinterOptions } from './printer.js';

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
