/**
 * An instant as the API writes times: `2020-01-07T15:14:07`, without a zone, in the zone of `offset`
 * (as `+08:00`). Undefined outside the years 0 to 9999, which the form has no room for.
 */
export function toZonelessTime(instant: Date, offset: string): string | undefined {
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  const local = new Date(instant.getTime() + minutes * 60_000);
  const year = local.getUTCFullYear();
  return year >= 0 && year <= 9999 ? local.toISOString().slice(0, 19) : undefined;
}

/** One comparable form of the two the API writes: `2020-01-07T15:14:07`, `2020-01-07 15:14:07`. */
export function comparableTime(time: string): string {
  return time.replace(' ', 'T');
}
