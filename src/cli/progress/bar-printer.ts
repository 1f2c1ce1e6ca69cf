import stringWidth from 'string-width';
import { safeText } from '../terminal/safe-text.js';
import type { Printer, PrinterOptions } from './printer.js';
import { ProgressView, type Progress } from './progress-view.js';
import { figuresOf, sentenceOf } from './sentences.js';

/** Fast enough to look alive, and no load for a slow terminal. */
const REDRAW_MS = 100;
/** Control sequences of ECMA-48: to the first column, and erase to the end of the line. */
const ERASE_LINE = '\r\u001b[K';
const LONGEST_BAR = 30;
const SHORTEST_BAR = 10;
const LONGEST_NAME = 40;

/** One line that is drawn over and over, with what there is to say above it. */
export function createBarPrinter({ write, columns, now }: Omit<PrinterOptions, 'mode'>): Printer {
  const view = new ProgressView(now);
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
      } else if (now() - drawnAt >= REDRAW_MS) draw();
    },
    close: erase,
  };
}

/** Never wider than `width`: what wraps cannot be drawn over. */
export function barLine(progress: Progress, width: number): string {
  const figures = figuresOf(progress);
  const forName = Math.min(LONGEST_NAME, Math.max(0, width - stringWidth(figures) - 2));
  const name = cutTo(safeText(progress.file), forName);
  const withName = name === '' ? figures : `${name}  ${figures}`;
  const left = Math.min(LONGEST_BAR, width - stringWidth(withName) - 4);
  if (progress.percent === null || left < SHORTEST_BAR) return cutTo(withName, width);
  const filled = Math.floor((left * progress.percent) / 100);
  const bar = `[${'='.repeat(filled)}${' '.repeat(left - filled)}]`;
  return name === '' ? `${bar}  ${figures}` : `${name}  ${bar}  ${figures}`;
}

/** Cuts text to places of a terminal, where a wide character takes two. */
function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(cut + segment) > width - 1) break;
    cut += segment;
  }
  return width < 2 ? '' : `${cut}…`;
}
