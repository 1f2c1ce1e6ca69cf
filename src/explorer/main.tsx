import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createGraphqlClient } from './client/graphql-client.js';
import { App } from './components/app.js';
import { createTray } from './downloads/tray.js';
import { Announcer } from './hooks/announcer.js';
import { SessionProvider } from './hooks/session.js';
import { TrayProvider } from './hooks/tray.js';
import { LanguageProvider } from './i18n/language-context.js';
import './styles/index.css';

const container = document.getElementById('explorer');
const ask = createGraphqlClient({
  endpoint: 'graphql',
  fetch: (input, init) => fetch(input, init),
  now: Date.now,
});
const tray = createTray({
  fetch: (input, init) => fetch(input, init),
  now: () => performance.now(),
  wait: waitForConnection,
});

if (container !== null) {
  createRoot(container).render(
    <StrictMode>
      <LanguageProvider>
        <Announcer>
          <SessionProvider ask={ask}>
            <TrayProvider tray={tray}>
              <App />
            </TrayProvider>
          </SessionProvider>
        </Announcer>
      </LanguageProvider>
    </StrictMode>,
  );
}

/** Waits for the given milliseconds or, while offline, until online. Abort ends the wait early. */
function waitForConnection(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = navigator.onLine ? setTimeout(end, ms) : undefined;
    function end(): void {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    }
    addEventListener('online', end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
