/** The value of a `datetime-local` field, in the zone of the browser, as a moment; null when empty. */
export function momentOfInput(value: string): string | null {
  const time = Date.parse(value); // Without a zone, a date with a time is local.
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** A moment as the value of a `datetime-local` field, to the minute. */
export function inputOfMoment(moment: string | undefined): string {
  if (moment === undefined) return '';
  const at = new Date(moment);
  const pad = (part: number): string => String(part).padStart(2, '0');
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${date}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
