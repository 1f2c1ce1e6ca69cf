import { escapeUnits, STEERING } from '../../domain/safe-text.js';

/** Whether nothing in a text needs an escape. */
export function isSafeText(text: string): boolean {
  return text.search(STEERING) === -1;
}

/** A value as one line of JSON that is safe to show, and loses nothing. */
export function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(STEERING, escapeUnits)}\n`;
}
