/** A 24-hour clock in every language, so times compare with those of other programs. */
const CLOCK = { timeStyle: 'medium', hourCycle: 'h23' } as const;

/** Formats an instant in the browser's time zone, to the second. */
export function formatTime(moment: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    ...CLOCK,
    dateStyle: 'medium',
  }).format(new Date(moment));
}

/** Splits the formatted instant into date and time, for narrow columns. */
export function formatTimeParts(moment: string, locale: string): { day: string; clock: string } {
  const at = new Date(moment);
  return {
    day: new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(at),
    clock: new Intl.DateTimeFormat(locale, CLOCK).format(at),
  };
}

/** The browser's time zone, for example `Asia/Shanghai (GMT+8)`. */
export function zoneName(locale: string, at: Date): string {
  const format = new Intl.DateTimeFormat(locale, { timeZoneName: 'shortOffset' });
  const offset = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  const { timeZone } = format.resolvedOptions();
  return offset === undefined || offset === timeZone ? timeZone : `${timeZone} (${offset})`;
}
