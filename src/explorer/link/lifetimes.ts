import type { MySqlLinkExpiry } from '../../domain/download-rules.js';
import { ENGINES, type Engine } from '../../domain/engines.js';
import { MAX_LIFETIME } from '../../domain/link.js';

/** Preset lifetimes in seconds. */
export const LIFETIME_PRESETS = [600, 3600, 21_600, MAX_LIFETIME] as const;

/** Whether the lifetime of the engine's links can be chosen. */
export function canChooseLifetime(engine: Engine, mySqlLinkExpiry: MySqlLinkExpiry): boolean {
  const { rules } = ENGINES[engine];
  if (rules.links === null) return false;
  return rules.lifetime === 'free' || mySqlLinkExpiry === 'settable';
}

/** Parses typed seconds; null if no link can have this lifetime. */
export function parseLifetime(text: string): number | null {
  const trimmed = text.trim();
  const seconds = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : 0;
  return seconds >= 1 && seconds <= MAX_LIFETIME ? seconds : null;
}
