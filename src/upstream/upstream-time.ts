/** Parses an upstream time; null if there is none. */
export type TimeReader = (value: unknown) => Date | null;

/** The optional part after the seconds. */
const END = /^(\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/**
 * Parses times without a time zone at `offset` (for example `+08:00`), regardless of this process's
 * zone; a time with a zone is used as is. Both `2020-01-07T15:14:07` and `2020-01-07 15:14:07`
 * occur. Absent, empty, zero (`0000-00-00 00:00:00`) and impossible times and those after the year
 * 9999 are null.
 */
export function createTimeReader(offset: string): TimeReader {
  const defaultMinutes = offsetMinutes(offset);
  return (value) => {
    if (typeof value !== 'string') return null;
    const local = readLocal(value);
    if (local === null) return null;
    const end = END.exec(value.slice(LOCAL_LENGTH));
    if (!end) return null;
    const [, fraction = '', zone] = end;
    const minutes = zone === undefined ? defaultMinutes : offsetMinutes(zone);
    const time = local + milliseconds(fraction) - minutes * 60_000;
    // A time zone can move it beyond the years of RFC 3339.
    return time < END_OF_YEARS ? new Date(time) : null;
  };
}

/** A time as the upstream writes it, in whole seconds: `2020-01-07 15:14:07` at `offset` (as `+08:00`). */
export function toUpstreamTime(time: Date, offset: string): string {
  const local = new Date(time.getTime() + offsetMinutes(offset) * 60_000);
  return local.toISOString().slice(0, LOCAL_LENGTH).replace('T', ' ');
}

const END_OF_YEARS = Date.UTC(10_000, 0);

/** The length of `2020-01-07T15:14:07`. */
const LOCAL_LENGTH = 19;

/**
 * Parses the time at the start of a text as if it were UTC, in epoch milliseconds; null if
 * malformed. Parses digit by digit: a page can have two hundred times, and a regular expression
 * takes twice as long.
 */
function readLocal(text: string): number | null {
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null;
  if (text[10] !== 'T' && text[10] !== 't' && text[10] !== ' ') return null;
  const year = digits(text, 0, 4);
  const [month, day] = [digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  // `Date.UTC` maps years below 100 to 19xx. NaN is in no range.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1)) return null;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // An invalid day moves to the next month; every month has 28.
  return day <= 28 || new Date(time).getUTCDate() === day ? time : null;
}

/** Parses `count` digits; NaN for other characters. */
function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let index = start; index < start + count; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    number = number * 10 + digit;
  }
  return number;
}

const ZERO = '0'.charCodeAt(0);

function milliseconds(fraction: string): number {
  return Math.trunc(Number(`0${fraction}`) * 1000);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
