import { usageError } from '../cli-error.js';
import { toSeconds } from './duration.js';

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The value of an option that takes a moment: a date, a date with a time (RFC 3339, its zone may be left
 * out), or a duration before now. Without a zone it is a time of this machine.
 * @throws CliError naming the option
 */
export function momentOption(option: string, text: string, now: Date): Date {
  const moment = toMoment(text.trim(), now);
  if (moment !== null) return moment;
  throw usageError(
    `${option} is not a date: give 2026-11-20, 2026-11-20T02:00:00Z, or a time span such as 7d for seven days ago.`,
  );
}

function toMoment(text: string, now: Date): Date | null {
  const ago = toSeconds(text);
  // Digits alone are a year, or seconds since 1970, as often as a number of seconds.
  if (ago !== null) return /^\d+$/.test(text) ? null : before(now, ago);
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] = FORM.exec(text) ?? [];
  if (year === undefined) return null;
  const numbers = [year, month, day, hour, minute, second].map(Number) as SixNumbers;
  if (!isReal(numbers)) return null;
  const [y, mo, d, h, mi, s] = numbers;
  if (zone === undefined) return new Date(y, mo - 1, d, h, mi, s);
  const offset = toOffset(zone);
  return offset === null ? null : new Date(Date.UTC(y, mo - 1, d, h, mi, s) - offset);
}

type SixNumbers = [number, number, number, number, number, number];

/** Whether there is such a date: JavaScript makes the 2nd of March of the 30th of February. */
function isReal([year, month, day, hour, minute, second]: SixNumbers): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDate && hour < 24 && minute < 60 && second < 61;
}

/** Milliseconds that a zone is ahead of UTC. */
function toOffset(zone: string): number | null {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function before(now: Date, seconds: number): Date | null {
  const moment = new Date(now.getTime() - seconds * 1000);
  return Number.isNaN(moment.getTime()) ? null : moment;
}
