/** Reads a `datetime-local` value in the browser's time zone as an instant; null if empty. */
export function momentOfInput(value: string): string | null {
  const time = Date.parse(value); // Without a zone, a date with a time is local.
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** Formats an instant as a `datetime-local` value, to the minute. */
export function inputOfMoment(moment: string | undefined): string {
  if (moment === undefined) return '';
  const at = new Date(moment);
  const pad = (part: number): string => String(part).padStart(2, '0');
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${date}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
