import { useRef } from 'react';
import { useWords } from '../../i18n/language-context.js';

/** Goes through the pages by their cursors; `null` is the first. */
export function Pager({
  after,
  next,
  goTo,
}: {
  readonly after: string | null;
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
  readonly goTo: (after: string | null) => void;
}) {
  const words = useWords();
  // Cursors lead forward only: the way back is remembered.
  const trail = useRef<(string | null)[]>([]);
  if (after === null && next === null) return null;
  const back = (): void => {
    goTo(trail.current.pop() ?? null);
  };
  return (
    <nav className="pager" aria-label={words.pages}>
      {after !== null && (
        <>
          <button
            type="button"
            className="button"
            onClick={() => {
              trail.current = [];
              goTo(null);
            }}
          >
            {words.newest}
          </button>
          <button type="button" className="button" onClick={back}>
            {words.newer}
          </button>
        </>
      )}
      {next !== null && (
        <button
          type="button"
          className="button"
          onClick={() => {
            trail.current.push(after);
            goTo(next);
          }}
        >
          {words.older}
        </button>
      )}
    </nav>
  );
}
