/** Reads a time of the upstream; null where there is none to read. */
export type TimeReader = (value: unknown) => Date | null;

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/**
 * Times without a zone are meant at `offset` (as `+08:00`), whatever the zone of this process; a time
 * with a zone is taken as it says. Both `2020-01-07T15:14:07` and `2020-01-07 15:14:07` occur. Absent,
 * empty, zero (`0000-00-00 00:00:00`) and impossible times are null.
 */
export function createTimeReader(offset: string): TimeReader {
  const defaultMinutes = offsetMinutes(offset);
  return (value) => {
    const match = typeof value === 'string' ? TIME.exec(value) : null;
    if (!match) return null;
    const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
    const [y, mo, d] = [Number(year), Number(month) - 1, Number(day)];
    const [h, mi, s] = [Number(hour), Number(minute), Number(second)];
    const local = new Date(Date.UTC(y, mo, d, h, mi, s));
    // Parts out of their range move the others on; `Date.UTC` takes years below 100 for 19xx.
    const isExact =
      local.getUTCFullYear() === y &&
      local.getUTCMonth() === mo &&
      local.getUTCDate() === d &&
      local.getUTCHours() === h &&
      local.getUTCMinutes() === mi &&
      local.getUTCSeconds() === s;
    if (!isExact) return null;
    const minutes = zone === undefined ? defaultMinutes : offsetMinutes(zone);
    return new Date(local.getTime() + milliseconds(fraction) - minutes * 60_000);
  };
}

function milliseconds(fraction: string): number {
  return Math.trunc(Number(`0${fraction}`) * 1000);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
