import type { MySqlLinkExpiry } from '../../domain/download-rules.js';
import { ENGINES, type Engine } from '../../domain/engines.js';
import { MAX_LIFETIME } from '../../domain/link.js';

/** Lifetimes offered, in seconds. */
export const LIFETIME_PRESETS = [600, 3600, 21_600, MAX_LIFETIME] as const;

/** Whether links of the engine come with a lifetime of one's choice. */
export function canChooseLifetime(engine: Engine, mySqlLinkExpiry: MySqlLinkExpiry): boolean {
  const { rules } = ENGINES[engine];
  if (rules.links === null) return false;
  return rules.lifetime === 'free' || mySqlLinkExpiry === 'settable';
}

/** Parses seconds; null for an invalid lifetime. */
export function parseLifetime(text: string): number | null {
  const trimmed = text.trim();
  const seconds = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : 0;
  return seconds >= 1 && seconds <= MAX_LIFETIME ? seconds : null;
}
