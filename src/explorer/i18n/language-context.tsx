import {
  createContext,
  type ReactNode,
  useContext,
  useLayoutEffect,
  useMemo,
  useState,
} from 'react';
import type { Dictionary } from './dictionary.js';
import { detectLanguage, type Language, LANGUAGES } from './languages.js';

interface LanguageChoice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice>({ language: 'en', choose: () => undefined });

/** Uses the browser's language until another is chosen. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, choose] = useState(() => detectLanguage(navigator.languages));
  const { htmlLang, title } = LANGUAGES[language];
  useLayoutEffect(() => {
    document.documentElement.lang = htmlLang;
    document.title = title;
  }, [htmlLang, title]);
  const choice = useMemo(() => ({ language, choose }), [language]);
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  return useContext(LanguageContext);
}

/** The page's texts in the chosen language. */
export function useWords(): Dictionary {
  return LANGUAGES[useLanguage().language];
}
