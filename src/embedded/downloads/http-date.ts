/** The three forms of an HTTP date that recipients accept (RFC 9110, 5.6.7). */
const FORMS = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/** Epoch milliseconds; null if the header is absent or not an HTTP date, and is then ignored. */
export function parseHttpDate(header: string | undefined): number | null {
  if (header === undefined) return null;
  for (const form of FORMS) {
    const { day, month, year, time } = form.exec(header)?.groups ?? {};
    if (day === undefined || month === undefined || year === undefined) continue;
    const parsed = Date.parse(`${day.trim()} ${month} ${toFullYear(year)} ${time ?? ''} GMT`);
    return Number.isNaN(parsed) ? null : parsed;
  }
  return null;
}

/** A two-digit year more than 50 years ahead belongs to the past century. */
function toFullYear(year: string): number {
  if (year.length > 2) return Number(year);
  const now = new Date().getUTCFullYear();
  const near = Math.floor(now / 100) * 100 + Number(year);
  return near > now + 50 ? near - 100 : near;
}
