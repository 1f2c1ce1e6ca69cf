import { useEffect, useRef } from 'react';
import { useAnnounce } from '../hooks/announcer.js';
import { useSession } from '../hooks/session.js';
import { useView } from '../hooks/use-view.js';
import { LANGUAGE_NAMES, LANGUAGES } from '../i18n/languages.js';
import { useLanguage, useWords } from '../i18n/language-context.js';
import { settings } from '../settings.js';
import { Button } from './controls.js';
import { DownloadTray } from './download-tray.js';
import { Explorer } from './explorer.js';
import { SignIn } from './sign-in.js';

/** The page: its header, the backups or the sign-in form, and the downloads. */
export function App() {
  const words = useWords();
  const { state, hasToken } = useSession();
  const { view, show } = useView();
  const content = useRef<HTMLElement>(null);
  const isOpen = state === 'open';
  useEffect(() => {
    // Signing in removes the form that had the focus.
    if (isOpen && hasToken) content.current?.focus();
  }, [isOpen, hasToken]);
  return (
    <>
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          // The URL fragment holds the view.
          event.preventDefault();
          content.current?.focus();
        }}
      >
        {words.skipToContent}
      </a>
      <PageHeader />
      <main ref={content} id="content" tabIndex={-1}>
        {isOpen ? <Explorer view={view} show={show} /> : <SignIn />}
      </main>
      <DownloadTray />
    </>
  );
}

function PageHeader() {
  const words = useWords();
  const { hasToken, signOut } = useSession();
  const announce = useAnnounce();
  return (
    <header className="page-header row spread">
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
      <div className="page-tools row">
        {settings.hasQueryEditor && (
          <a className="quiet" href="graphql">
            {words.queryEditor}
          </a>
        )}
        <LanguageSwitch />
        {hasToken && (
          <Button
            onPress={() => {
              signOut();
              announce(words.signedOut);
            }}
          >
            {words.signOut}
          </Button>
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
          onClick={() => choose(name)}
        >
          {LANGUAGES[name].languageName}
        </button>
      ))}
    </div>
  );
}
