/** Parses an upstream time; null if there is none. */
export type TimeReader = (value: unknown) => Date | null;

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

const END_OF_YEARS = Date.UTC(10_000, 0);

/**
 * Parses times without a time zone at `offset` (for example `+08:00`), regardless of this process's
 * zone; a time with a zone is used as is. Both `2020-01-07T15:14:07` and `2020-01-07 15:14:07`
 * occur. Absent, empty, zero (`0000-00-00 00:00:00`) and impossible times and those after the year
 * 9999 are null.
 */
export function createTimeReader(offset: string): TimeReader {
  const defaultMinutes = offsetMinutes(offset);
  return (value) => {
    const parts = typeof value === 'string' ? TIME.exec(value) : null;
    if (!parts) return null;
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six;
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    // `Date.UTC` maps years below 100 to 19xx, and parts out of range to other months and days.
    if (year < 100 || month < 1 || month > 12 || new Date(local).getUTCDate() !== day) return null;
    if (hour > 23 || minute > 59 || second > 59) return null;
    const [fraction, zone] = [parts[7] ?? '', parts[8]];
    const minutes = zone === undefined ? defaultMinutes : offsetMinutes(zone);
    const time = local + Math.trunc(Number(`0${fraction}`) * 1000) - minutes * 60_000;
    // A time zone can move it beyond the years of RFC 3339.
    return time < END_OF_YEARS ? new Date(time) : null;
  };
}

type Six = [number, number, number, number, number, number];

/**
 * A time as the upstream writes it, in whole seconds: `2020-01-07 15:14:07` at `offset` (as
 * `+08:00`); undefined beyond the years it can write.
 */
export function toUpstreamTime(time: Date, offset: string): string | undefined {
  const local = new Date(time.getTime() + offsetMinutes(offset) * 60_000).toISOString();
  return /^\d{4}-/.test(local) ? local.slice(0, 19).replace('T', ' ') : undefined;
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
