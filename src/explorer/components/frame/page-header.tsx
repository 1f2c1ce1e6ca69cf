import { useAnnounce } from '../../hooks/announcer.js';
import { useSession } from '../../hooks/session.js';
import { useLanguage, useWords } from '../../i18n/language-context.js';
import { LANGUAGE_NAMES, LANGUAGES } from '../../i18n/languages.js';

export function PageHeader({ hasQueryEditor }: { readonly hasQueryEditor: boolean }) {
  const words = useWords();
  const { hasToken, signOut } = useSession();
  const announce = useAnnounce();
  return (
    <header className="page-header">
      <div className="page-title">
        <svg viewBox="0 0 32 32" aria-hidden="true" className="logo">
          <rect width="32" height="32" rx="8" />
          <path d="M16 7v12m0 0-5-5m5 5 5-5M9 24h14" />
        </svg>
        <div>
          <h1>{words.title}</h1>
          <p>{words.tagline}</p>
        </div>
      </div>
      <div className="page-tools">
        {hasQueryEditor && (
          <a className="quiet" href="graphql">
            {words.queryEditor}
          </a>
        )}
        <LanguageSwitch />
        {hasToken && (
          <button
            type="button"
            className="button"
            onClick={() => {
              signOut();
              announce(words.signedOut);
            }}
          >
            {words.signOut}
          </button>
        )}
      </div>
    </header>
  );
}

function LanguageSwitch() {
  const words = useWords();
  const { language, choose } = useLanguage();
  return (
    <div className="segments" role="group" aria-label={words.language}>
      {LANGUAGE_NAMES.map((name) => (
        <button
          key={name}
          type="button"
          lang={LANGUAGES[name].htmlLang}
          aria-pressed={name === language}
          onClick={() => {
            choose(name);
          }}
        >
          {LANGUAGES[name].languageName}
        </button>
      ))}
    </div>
  );
}
