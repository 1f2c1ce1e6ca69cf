import { useRef } from 'react';
import { useWords } from '../i18n/language-context.js';
import { PAGE_SIZES, type PageSize, type View } from '../view/view.js';
import { Button } from './controls.js';

/** Where a page starts: its cursor, null for the first page, and how many backups precede it. */
type Place = Pick<View, 'after' | 'start'>;

const FIRST: Place = { after: null, start: 0 };

/** Moves through the pages by cursor and shows the position in the list. */
export function Pager({
  view: { after, start, pageSize },
  count,
  total,
  next,
  goTo,
  resize,
}: {
  readonly view: View;
  /** Backups on this page. */
  readonly count: number;
  /** Null if the total is unknown. */
  readonly total: number | null;
  /** Cursor of the next page; null on the last page. */
  readonly next: string | null;
  readonly goTo: (place: Place) => void;
  readonly resize: (pageSize: PageSize) => void;
}) {
  const words = useWords();
  // Cursors only lead forward, so remember the way back.
  const trail = useRef<Place[]>([]);
  if (after === null && next === null && count <= PAGE_SIZES[0]) return null;
  return (
    <nav className="pager row" aria-label={words.pages}>
      {count > 0 && <span>{words.placeInList(start + 1, start + count, total)}</span>}
      <label className="page-size">
        {words.pageSize}
        <select
          value={pageSize}
          onChange={({ target: { value } }) => {
            trail.current = [];
            resize(PAGE_SIZES.find((size) => String(size) === value) ?? pageSize);
          }}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size}>{size}</option>
          ))}
        </select>
      </label>
      {after !== null && (
        <>
          <Button
            onPress={() => {
              trail.current = [];
              goTo(FIRST);
            }}
          >
            {words.newest}
          </Button>
          <Button onPress={() => goTo(trail.current.pop() ?? FIRST)}>{words.newer}</Button>
        </>
      )}
      {next !== null && (
        <Button
          onPress={() => {
            trail.current.push({ after, start });
            goTo({ after: next, start: start + count });
          }}
        >
          {words.older}
        </Button>
      )}
    </nav>
  );
}
