import { createContext, type ReactNode, useContext, useLayoutEffect } from 'react';
import { usePreference } from '../hooks/use-preference.js';
import type { Dictionary } from './dictionary.js';
import { detectLanguage, type Language, LANGUAGE_NAMES, LANGUAGES } from './languages.js';

interface LanguageChoice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice>({ language: 'en', choose: () => undefined });

/** Uses the browser's language until another is chosen. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [chosen, choose] = usePreference('language', LANGUAGE_NAMES);
  const language = chosen ?? detectLanguage(navigator.languages);
  const { htmlLang, title } = LANGUAGES[language];
  useLayoutEffect(() => {
    document.documentElement.lang = htmlLang;
    document.title = title;
  }, [htmlLang, title]);
  return <LanguageContext value={{ language, choose }}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  return useContext(LanguageContext);
}

/** The page's texts in the chosen language. */
export function useWords(): Dictionary {
  return LANGUAGES[useLanguage().language];
}
