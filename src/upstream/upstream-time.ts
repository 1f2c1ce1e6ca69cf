/** Reads a time of the upstream; null where there is none to read. */
export type TimeReader = (value: unknown) => Date | null;

/** What may follow the seconds. */
const END = /^(\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/**
 * Times without a zone are meant at `offset` (as `+08:00`), whatever the zone of this process; a time
 * with a zone is taken as it says. Both `2020-01-07T15:14:07` and `2020-01-07 15:14:07` occur. Absent,
 * empty, zero (`0000-00-00 00:00:00`) and impossible times are null, and those after the year 9999.
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
    // A zone may move it beyond the years that RFC 3339 can write.
    return time < END_OF_YEARS ? new Date(time) : null;
  };
}

/** A time as the upstream writes it, in whole seconds: `2020-01-07 15:14:07` at `offset` (as `+08:00`). */
export function toUpstreamTime(time: Date, offset: string): string {
  const local = new Date(time.getTime() + offsetMinutes(offset) * 60_000);
  return local.toISOString().slice(0, LOCAL_LENGTH).replace('T', ' ');
}

const END_OF_YEARS = Date.UTC(10_000, 0);

/** Of `2020-01-07T15:14:07`. */
const LOCAL_LENGTH = 19;

/**
 * The time a text begins with, in epoch milliseconds as if it were UTC; null where it is none. Read digit
 * by digit: a page may hold two hundred of them, and an expression takes twice as long.
 */
function readLocal(text: string): number | null {
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null;
  if (text[10] !== 'T' && text[10] !== 't' && text[10] !== ' ') return null;
  const year = digits(text, 0, 4);
  const [month, day] = [digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  // `Date.UTC` takes years below 100 for 19xx. What is no digit is in no range.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1)) return null;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // A day the month does not have moves it on; each has 28.
  return day <= 28 || new Date(time).getUTCDate() === day ? time : null;
}

/** The number in `count` digits; NaN where there are others. */
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
