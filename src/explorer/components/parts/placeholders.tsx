import { useWords } from '../../i18n/language-context.js';

const ROWS = [1, 2, 3];

/** Placeholder for a list that is loading. */
export function Skeleton() {
  const words = useWords();
  return (
    <div className="skeleton">
      <p className="visually-hidden">{words.loading}</p>
      {ROWS.map((row) => (
        <div key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

/** Placeholder for an empty list, with advice. */
export function Empty({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div className="card empty">
      <p>
        <strong>{title}</strong>
      </p>
      <p className="quiet-text">{hint}</p>
    </div>
  );
}
