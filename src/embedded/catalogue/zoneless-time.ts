/**
 * An instant as the API writes times: `2020-01-07T15:14:07`, without a zone, in the zone of `offset`
 * (as `+08:00`).
 */
export function toZonelessTime(instant: Date, offset: string): string {
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  return new Date(instant.getTime() + minutes * 60_000).toISOString().slice(0, 19);
}

/** One comparable form of the two the API writes: `2020-01-07T15:14:07`, `2020-01-07 15:14:07`. */
export function comparableTime(time: string): string {
  return time.replace(' ', 'T');
}
