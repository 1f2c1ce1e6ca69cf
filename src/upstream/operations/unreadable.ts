/**
 * Counts the skipped, unreadable parts of a response: rows, and values of other rows. The reason
 * names fields of the upstream API but no values.
 */
export class Unreadable {
  rows = 0;
  values = 0;
  /** The reason of the first one. */
  reason: string | undefined;

  addRow(reason: string): null {
    this.rows += 1;
    this.reason ??= reason;
    return null;
  }

  addValue(reason: string): void {
    this.values += 1;
    this.reason ??= reason;
  }
}

/** Called once for a response with skipped parts. */
export type ReportUnreadable = (unreadable: Unreadable) => void;

/** Parses while counting skipped parts, and reports them if there are any. */
export function countingUnreadable<Result>(
  read: (unreadable: Unreadable) => Result,
  report: ReportUnreadable | undefined,
): Result {
  const unreadable = new Unreadable();
  const result = read(unreadable);
  if (unreadable.reason !== undefined) report?.(unreadable);
  return result;
}
