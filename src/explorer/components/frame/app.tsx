import { useEffect, useRef } from 'react';
import { useSession } from '../../hooks/session.js';
import { useView } from '../../hooks/use-view.js';
import { useWords } from '../../i18n/language-context.js';
import type { ExplorerSettings } from '../../settings.js';
import { DownloadTray } from '../downloads/download-tray.js';
import { PageHeader } from './page-header.js';
import { Explorer } from './explorer.js';
import { SignIn } from './sign-in.js';

/** The page: its header, the backups or the sign-in form, and the downloads. */
export function App({ settings }: { readonly settings: ExplorerSettings }) {
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
      <PageHeader hasQueryEditor={settings.hasQueryEditor} />
      <main ref={content} id="content" tabIndex={-1}>
        {isOpen ? <Explorer view={view} show={show} settings={settings} /> : <SignIn />}
      </main>
      <DownloadTray />
    </>
  );
}
