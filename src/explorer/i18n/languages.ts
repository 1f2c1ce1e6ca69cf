import type { Dictionary } from './dictionary.js';
import { en } from './en.js';
import { zh } from './zh.js';

export const LANGUAGES = { en, zh } as const satisfies Readonly<Record<string, Dictionary>>;

export type Language = keyof typeof LANGUAGES;

export const LANGUAGE_NAMES = Object.keys(LANGUAGES) as readonly Language[];

/** The first preferred language that the page supports; English if there is none. */
export function detectLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const [primary = ''] = tag.toLowerCase().split('-');
    const spoken = LANGUAGE_NAMES.find((language) => language === primary);
    if (spoken !== undefined) return spoken;
  }
  return 'en';
}
