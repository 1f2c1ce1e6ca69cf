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
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(1, 7)
      .map(Number);
    const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    const [, , , , , , , fraction = '', zone] = match;
    if (local.toISOString().slice(0, 19) !== match[0].slice(0, 19).replace(/[t ]/, 'T'))
      return null;
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
