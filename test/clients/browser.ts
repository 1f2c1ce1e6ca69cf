import { Window } from 'happy-dom';

/** Makes this a browser as far as React asks; to be imported before React. Requests go on being Node's. */
const window = new Window({ url: 'http://127.0.0.1/' });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });

/** Relay keeps what it read for minutes after its component is gone; that must not keep the tests waiting. */
const MINUTE_MS = 60_000;
const start = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((run: () => void, ms?: number, ...args: []) => {
  const timer = start(run, ms, ...args);
  if (ms !== undefined && ms >= MINUTE_MS) timer.unref();
  return timer;
}, start);
