import { usageError } from '../cli-error.js';

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };
const FORM = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?$/;

/**
 * Reads a length of time: `3600` (seconds), `90s`, `30m`, `1h`, `1h30m`, `7d`. Zero is none.
 * @returns seconds; null for anything else
 */
export function toSeconds(text: string): number | null {
  const written = text.trim().toLowerCase();
  const counts = /^\d+$/.test(written)
    ? [0, 0, 0, Number(written)]
    : [...(FORM.exec(written) ?? [])]
        .slice(1)
        .map((count: string | undefined) => Number(count ?? 0));
  const units = [SECONDS['d'], SECONDS['h'], SECONDS['m'], SECONDS['s']];
  const seconds = counts.reduce((sum, count, i) => sum + count * (units[i] ?? 0), 0);
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : null;
}

/** The value of an option that takes a length of time, in seconds. @throws CliError naming the option */
export function durationOption(option: string, text: string): number {
  const seconds = toSeconds(text);
  if (seconds !== null) return seconds;
  throw usageError(`${option} is not a duration: give seconds, or a form like 1h, 30m or 1h30m.`);
}
