import { Window } from 'happy-dom';

/** Provides React with a DOM; import it before React. Requests still use Node's fetch. */
const window = new Window({ url: 'http://127.0.0.1/' });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });

/**
 * Relay keeps data for minutes after its component is unmounted, which must not delay the tests.
 */
const MINUTE_MS = 60_000;
const start = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((run: () => void, ms?: number, ...args: []) => {
  const timer = start(run, ms, ...args);
  if (ms !== undefined && ms >= MINUTE_MS) timer.unref();
  return timer;
}, start);
