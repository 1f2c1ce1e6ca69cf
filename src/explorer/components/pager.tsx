import { useRef } from 'react';
import { useWords } from '../i18n/language-context.js';
import { PAGE_SIZES, type PageSize } from '../view/view.js';

/** Where a page starts: its cursor, null for the first page, and how many backups precede it. */
export interface Place {
  readonly after: string | null;
  readonly start: number;
}

/** Moves through the pages by cursor and shows the position in the list. */
export function Pager({
  place,
  count,
  total,
  next,
  pageSize,
  goTo,
  resize,
}: {
  readonly place: Place;
  /** Backups on this page. */
  readonly count: number;
  /** Null if the total is unknown. */
  readonly total: number | null;
  /** Cursor of the next page; null on the last page. */
  readonly next: string | null;
  readonly pageSize: PageSize;
  readonly goTo: (place: Place) => void;
  readonly resize: (pageSize: PageSize) => void;
}) {
  const words = useWords();
  // Cursors only lead forward, so remember the way back.
  const trail = useRef<Place[]>([]);
  const { after, start } = place;
  const button = (label: string, act: () => void) => (
    <button type="button" className="button" onClick={act}>
      {label}
    </button>
  );
  const first: Place = { after: null, start: 0 };
  if (after === null && next === null && count <= PAGE_SIZES[0]) return null;
  return (
    <nav className="pager" aria-label={words.pages}>
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
          {button(words.newest, () => {
            trail.current = [];
            goTo(first);
          })}
          {button(words.newer, () => {
            goTo(trail.current.pop() ?? first);
          })}
        </>
      )}
      {next !== null &&
        button(words.older, () => {
          trail.current.push(place);
          goTo({ after: next, start: start + count });
        })}
    </nav>
  );
}
