/** The three forms of an HTTP date that recipients accept (RFC 9110, section 5.6.7). */
const FORMS = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/** Parses an HTTP date to epoch milliseconds; undefined if absent or malformed. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // All answers of a second have the same date.
  if (text !== latest.text) latest = { text, time: parseAnyForm(text) };
  return latest.time;
}

let latest: { readonly text: string; readonly time: number | undefined } = {
  text: '',
  time: undefined,
};

function parseAnyForm(text: string): number | undefined {
  for (const form of FORMS) {
    const { day, month, year, time } = form.exec(text.trim())?.groups ?? {};
    if (day === undefined || month === undefined || year === undefined) continue;
    const parsed = Date.parse(`${day.trim()} ${month} ${toFullYear(year)} ${time ?? ''} GMT`);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  return undefined;
}

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3) to seconds: a number, or an HTTP date
 * relative to `now` (epoch milliseconds); a past date is 0. Undefined if absent or malformed.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text.trim())) return Number(text);
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** A two-digit year more than 50 years ahead belongs to the past century. */
function toFullYear(year: string): number {
  if (year.length > 2) return Number(year);
  const now = new Date().getUTCFullYear();
  const near = Math.floor(now / 100) * 100 + Number(year);
  return near > now + 50 ? near - 100 : near;
}
