/**
 * Counts what of an answer cannot be read and is left out: rows of a list, and values of rows that are
 * kept. The reason names members of the upstream API and none of their values.
 */
export class Unreadable {
  rows = 0;
  values = 0;
  /** Of the first one. */
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

/** Told of an answer some of which was left out, once. */
export type ReportUnreadable = (unreadable: Unreadable) => void;

/** Reads with a count of what is left out, and reports that where there is any. */
export function countingUnreadable<Result>(
  read: (unreadable: Unreadable) => Result,
  report: ReportUnreadable | undefined,
): Result {
  const unreadable = new Unreadable();
  const result = read(unreadable);
  if (unreadable.reason !== undefined) report?.(unreadable);
  return result;
}
